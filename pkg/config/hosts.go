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
	h.config = config
	switch config.Connection {
	case "", "ssh":
		l.checkRemote(h)
	case "local":
		l.checkLocal(h)
	default:
		l.found.add(at.member("connection"), fmt.Sprintf("%q is not a known connection: want one of ssh, local", config.Connection),
			didYouMean(config.Connection, []string{"ssh", "local"}))
	}
}

// checkLocal refuses what says how to reach this machine, since it would be
// passed over.
func (l *loader) checkLocal(h *host) {
	for _, unused := range []struct {
		member string
		given  bool
	}{
		{"hostname", h.config.Hostname != ""},
		{"user", h.config.User != ""},
		{"ssh", h.config.SSH != nil},
	} {
		if unused.given {
			l.found.add(h.member(unused.member).named(), "a local connection does not use it", `drop it, or the "connection": "local"`)
		}
	}
}

func (l *loader) checkRemote(h *host) {
	at := h.member("hostname")
	switch message, advice := checkHostname(h.config.Hostname); {
	case h.config.Hostname == "" && l.found.tainted(h.place):
		// It may be there under a wrong name.
	case h.config.Hostname == "":
		l.found.add(h.place, "the host has no hostname", `give its DNS name or IP address, or "connection": "local" for this machine`)
	case message != "":
		l.found.add(at, message, advice)
	}
	if user := h.config.User; strings.HasPrefix(user, "-") || strings.ContainsFunc(user, notInUser) {
		l.found.add(h.member("user"), fmt.Sprintf("%q is not a login name", user), "")
	}
}

func notInUser(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == ':' || r == '/' }

// label is a part of a DNS name (RFC 1123, 2.1), with the underscore that
// resolvers take and people use.
var label = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$`)

// checkHostname says why the text is neither a DNS name nor an IP address; the
// message is empty when it is one.
func checkHostname(name string) (message, advice string) {
	if _, err := netip.ParseAddr(name); err == nil {
		return "", ""
	}
	message = fmt.Sprintf("%q is neither a DNS name nor an IP address", name)
	switch {
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
			return message, ""
		}
	}
	// No top-level domain is a number: this is an address gone wrong.
	if last := labels[len(labels)-1]; strings.Trim(last, "0123456789") == "" {
		return message, "an IPv4 address has four numbers from 0 to 255"
	}
	return "", ""
}
