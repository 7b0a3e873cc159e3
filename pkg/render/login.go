package render

import (
	"strconv"
	"strings"

	"hostkit/pkg/doc"
)

// where is how a host is reached. Nobody may take this machine for another.
func where(h doc.HostConfig) segment {
	if h.Connection == "local" {
		return alarm.of("THIS MACHINE (local)")
	}
	if h.Hostname == "" {
		return noInk.of("no hostname")
	}
	return noInk.last(h.Hostname)
}

// secrets writes what is read on the control machine, and what for: those that a
// document says it uses, then those that it takes all the same. hk-apply goes by
// these.
func (p *page) secrets(said, takes []doc.SecretUse) {
	label := dim.of("secrets")
	for _, use := range said {
		p.list(2, pad(label, margin), "", bold.of(use.String()), dim.of("  for "+strings.Join(use.UsedBy, ", ")))
		label = noInk.of("")
	}
	for _, use := range takes {
		if at := use.Unsaid(said); len(at) > 0 {
			p.list(2, pad(label, margin), "", alarm.of(use.String()), alarm.of("  for "+strings.Join(at, ", ")+", not said by the plan itself"))
			label = noInk.of("")
		}
	}
}

// login writes how a host is logged in to, then each host on the way there.
func (p *page) login(indent int, label string, h doc.HostConfig) {
	head, column := noInk.of(""), len("through")+2
	if label != "" {
		head, column = pad(dim.of(label), margin), margin
	}
	var parts clauses
	parts.add(h.User != "", h.User)
	parts.add(h.Sudo.On, becomes("sudo", h.Sudo.With.User))
	if ref := h.Sudo.With.Password; h.Sudo.On && ref != nil {
		parts.add(true, "its password from "+ref.String())
	}
	parts.add(h.Doas.On, becomes("doas", h.Doas.With.User))
	var jumps []doc.Jump
	if s := h.SSH; s != nil {
		jumps = s.Jump
		parts.add(s.Port != 0 && s.Port != 22, "port "+strconv.Itoa(int(s.Port)))
		parts.credentials(*s)
	}
	if len(parts) > 0 {
		p.list(indent, head, "", parts.segments()...)
	}
	through := "through"
	for _, j := range jumps {
		hop := clauses{{address(j)}}
		if j.SSH != nil {
			hop.credentials(*j.SSH)
		}
		p.list(indent, pad(dim.of(through), column), "", hop.segments()...)
		through = ""
	}
}

// becomes says as whom everything runs.
func becomes(program string, user doc.UserName) string {
	if user == "" {
		return "with " + program
	}
	return "with " + program + " as " + string(user)
}

// address is a jump host as ssh -J takes it.
func address(j doc.Jump) string {
	text := j.Hostname
	if strings.Contains(text, ":") {
		text = "[" + text + "]"
	}
	if j.User != "" {
		text = j.User + "@" + text
	}
	if j.SSH != nil && j.SSH.Port != 0 {
		text += ":" + strconv.Itoa(int(j.SSH.Port))
	}
	return text
}

// clauses are told one after the other; each may be folded between its parts.
type clauses [][]string

// add takes a clause that has something to tell.
func (c *clauses) add(tell bool, parts ...string) {
	if tell {
		*c = append(*c, parts)
	}
}

// credentials tells what a login offers and what it trusts. A pinned key is what
// a person may have to compare, so it is never cut.
func (c *clauses) credentials(s doc.SSH) {
	c.add(s.IdentityFile != "", "key "+s.IdentityFile)
	c.add(s.KnownHosts != "", "host keys from "+s.KnownHosts)
	if s.Passphrase != nil {
		c.add(true, "passphrase from "+s.Passphrase.String())
	}
	if s.Password != nil {
		c.add(true, "password from "+s.Password.String())
	}
	c.add(s.UseAgent != nil && !*s.UseAgent, "no agent")
	c.add(s.UseConfig != nil && !*s.UseConfig, "without ssh's own config")
	c.add(s.HostKey != "", "host key pinned to", string(s.HostKey))
	c.add(s.HostKeyAlias != "", "known as "+s.HostKeyAlias)
	c.add(s.SilentlyAcceptHosts, "unknown host keys are accepted")
	c.add(s.ConnectTimeout != 0, "connecting takes at most "+s.ConnectTimeout.String())
	c.add(s.ServerAliveInterval != 0, "asked for a sign of life every "+s.ServerAliveInterval.String())
	if s.Retry != nil {
		c.add(true, count(s.Retry.Attempts, "attempt", "attempts")+" to connect")
	}
}

// segments are the items of a list that is folded by itself.
func (c clauses) segments() []segment {
	var row []segment
	for i, parts := range c {
		for n, part := range parts {
			item := noInk.of(part)
			switch {
			case n < len(parts)-1:
				item.text += " "
			case i < len(c)-1:
				item.text += ", "
			}
			row = append(row, item)
		}
	}
	return row
}
