package sshconfig

import (
	"slices"
	"strconv"
	"strings"
)

// refusals are the keywords that can't be followed, but for the values that ask
// for nothing.
var refusals = []struct {
	keyword     string
	nothing     []string
	why, advice string
}{
	{
		"proxycommand",
		[]string{"none"},
		"no command is run to connect", "go through a host with ProxyJump or \"jump\", ",
	},
	{
		"refuseconnection", nil,
		"it refuses the connection", "",
	},
	{
		"canonicalizehostname",
		[]string{"no", "false", "none"},
		"names are not canonicalized", "write HostName, ",
	},
	{
		"bindaddress", nil,
		"the address to connect from can't be chosen", "",
	},
	{
		"bindinterface", nil,
		"the interface to connect from can't be chosen", "",
	},
	{
		"knownhostscommand",
		[]string{"none"},
		"no command is run for host keys", "name a file with \"known_hosts\" or a key with \"host_key\", ",
	},
	{
		"revokedhostkeys",
		[]string{"none"},
		"such a file is not read", "mark revoked keys with @revoked in a known_hosts file, ",
	},
	{
		"pkcs11provider",
		[]string{"none"},
		"keys of a PKCS#11 token are not read", "add them to an agent (ssh-add -s), or name \"identity_file\", ",
	},
}

func (p *pass) refuse(s *Settings) {
	for _, r := range refusals {
		l, ok := p.first[r.keyword]
		if !ok {
			continue
		}
		// A command may hold what nobody else is to see.
		value, shown := strings.TrimRight(l.rest, whitespace), l.written
		if keywords[r.keyword] == one {
			value = l.args[0]
			shown += " " + strconv.Quote(value)
		}
		if !slices.Contains(r.nothing, strings.ToLower(value)) {
			s.Refused = append(s.Refused, &Error{
				At: l.at, Keyword: r.keyword, Why: shown + " applies to this host, and " + r.why,
				Advice: r.advice + wayOut,
			})
		}
	}
}
