package sshconfig

import (
	"slices"
	"strings"
)

// defaultIdentities are the keys that ssh looks for, in its order, without those
// of kinds that are no longer used (DSA, XMSS).
var defaultIdentities = []string{"id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk"}

func (p *pass) keys(s *Settings) error {
	given, err := p.paths(p.identities, *s)
	if err != nil {
		return err
	}
	if len(p.identities) == 0 && p.config.home != "" {
		s.DefaultIdentities = true
		for _, name := range defaultIdentities {
			given = append(given, p.config.home+"/.ssh/"+name)
		}
	}
	for _, path := range given {
		s.Identities = append(s.Identities, Identity{File: path})
	}
	if err := p.certify(s); err != nil {
		return err
	}
	if s.IdentitiesOnly, err = p.flag("identitiesonly", false); err != nil {
		return err
	}
	public, err := p.flag("pubkeyauthentication", true)
	if err != nil {
		return err
	}
	if l, ok := p.first["preferredauthentications"]; ok && !slices.Contains(strings.Split(l.args[0], ","), "publickey") {
		public = false
	}
	s.NoPublicKeys = !public
	return nil
}

// paths expands lines that name a file each, without those that say none.
func (p *pass) paths(lines []line, s Settings) ([]string, error) {
	var all []string
	for _, l := range lines {
		if strings.EqualFold(l.args[0], "none") {
			continue
		}
		path, err := p.path(l.args[0], p.tokens(s))
		if err != nil {
			return nil, l.refuse(l.written+" "+err.Error(), "mend the line, "+wayOut)
		}
		if !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	return all, nil
}

// certify gives certificates to their keys, by their names, and one alone to a
// key that is alone. ssh compares the keys; that would mean to open them here.
func (p *pass) certify(s *Settings) error {
	paths, err := p.paths(p.certificates, *s)
	if err != nil {
		return err
	}
	for _, path := range paths {
		i := slices.IndexFunc(s.Identities, func(id Identity) bool { return id.File+"-cert.pub" == path })
		if i < 0 && len(paths) == 1 && len(s.Identities) == 1 {
			i = 0
		}
		if i >= 0 {
			s.Identities[i].Certificate = path
			continue
		}
		l := p.certificates[0]
		s.Refused = append(s.Refused, &Error{
			At: l.at, Keyword: l.keyword, Why: "which key the certificate " + path + " is of can't be told",
			Advice: "name it as its key with -cert.pub, or give \"identity_file\", " + wayOut,
		})
	}
	return nil
}

func (p *pass) agent(s *Settings) error {
	const variable = "SSH_AUTH_SOCK"
	s.Agent, _ = p.config.lookupEnv(variable)
	l, ok := p.first["identityagent"]
	if !ok {
		return nil
	}
	value := l.args[0]
	switch {
	case value == "none":
		s.Agent = ""
	case value == variable:
	case strings.HasPrefix(value, "$") && !strings.HasPrefix(value, "${"):
		s.Agent, _ = p.config.lookupEnv(value[1:])
	default:
		path, err := p.path(value, p.tokens(*s))
		if err != nil {
			return l.refuse("IdentityAgent "+err.Error(), "mend the line, "+wayOut)
		}
		s.Agent = path
	}
	return nil
}
