package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"unicode"

	"hostkit/pkg/doc"
)

func (l *loader) addHost(at place, name string, raw []byte) {
	l.checkName(at.named(), "host", name)
	if first, ok := l.hosts[name]; ok {
		l.twice(at, "host", name, first.place)
		return
	}
	h := &host{place: at, name: name}
	l.hosts[name] = h
	left := l.found.check(at, raw, l.shape.members["hosts"].elem)
	if left == nil {
		return
	}
	config, err := decode[doc.HostConfig](at, left)
	if err != nil {
		l.found.taint(at, err.Error(), "")
		return
	}
	h.config, h.raw = config, left
	if c := config.Connection; c != "" && c != "ssh" && c != "local" {
		l.found.refuse(at.member("connection"), doc.Shown(c, doc.LooksLikeName)+" is not a known connection: want one of ssh, local",
			didYouMean(c, []string{"ssh", "local"}))
		return
	}
	// How jump hosts are reached is known when all hosts are.
	if config.SSH != nil {
		withoutJumps := *config.SSH
		withoutJumps.Jump = nil
		config.SSH = &withoutJumps
	}
	for _, p := range config.Problems() {
		l.contradiction(at, p)
	}
	if config.Connection != "local" {
		l.checkRemote(h)
	}
}

// contradiction adds what does not go together in a host, unless it may only be
// the consequence of what was found before.
func (l *loader) contradiction(at place, p doc.Problem) {
	if p.Lacks && l.found.tainted(at) {
		return
	}
	if at = at.below(p.Pointer); p.Member {
		l.found.add(at.named(), p.Message, p.Hint)
		return
	}
	l.found.refuse(at, p.Message, p.Hint)
}

// checkRemote checks the names of a host and of its user. A host without a
// hostname has its own name for one.
func (l *loader) checkRemote(h *host) {
	if h.config.Hostname == "" {
		message, _ := checkHostname(h.name)
		switch {
		case l.found.tainted(h.place):
			// It may be there under a wrong name.
		case message != "":
			l.found.add(h.place, fmt.Sprintf("the host has no hostname, and its name is none: %s", message),
				`give its DNS name or IP address, or "connection": "local" for this machine`)
		}
		h.config.Hostname = h.name
	} else if message, advice := checkHostname(h.config.Hostname); message != "" {
		l.found.refuse(h.member("hostname"), message, advice)
	}
}

func (l *loader) checkUser(at place, user string) {
	if !doc.IsLogin(user) {
		refused := &doc.NotUserError{}
		l.found.refuse(at, refused.Error(), refused.Hint())
	}
}

// label is a part of a DNS name (RFC 1123, 2.1), with the underscore that
// resolvers take and people use.
var label = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$`)

// checkHostname says why the text is neither a DNS name nor an IP address; the
// message is empty when it is one.
func checkHostname(name string) (message, advice string) {
	if _, err := netip.ParseAddr(name); err == nil {
		return "", ""
	}
	message = doc.Shown(name, doc.LooksLikeName) + " is neither a DNS name nor an IP address"
	switch {
	case strings.Contains(name, ":") && !doc.LooksLikeName(name):
		return message, doc.HostnameAdvice
	case strings.Contains(name, "@"):
		return message, `the login name goes into "user"`
	case strings.Contains(name, "://"):
		return message, "write the name alone, without a scheme"
	case strings.HasPrefix(name, "["):
		return message, "write an IPv6 address without brackets"
	case strings.Contains(name, ":"):
		return message, `the port goes into "ssh": {"port": …}`
	case strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII }):
		return message, "write an international name in its ASCII form, xn--…"
	}
	if len(name) > 253 {
		return message, "it has more than 253 characters"
	}
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	for _, part := range labels {
		if !label.MatchString(part) {
			return message, `write it like "db1.example.org" or "192.0.2.1"`
		}
	}
	// No top-level domain is a number: this is an address gone wrong.
	if last := labels[len(labels)-1]; strings.Trim(last, "0123456789") == "" {
		return message, "an IPv4 address has four numbers from 0 to 255"
	}
	return "", ""
}
