package connect_test

import (
	"fmt"
	"maps"
	"strings"

	"hostkit/pkg/doc"
)

// stage is where a cell may be refused. What comes first refuses.
type stage int

const (
	credentials stage = iota
	hostKey
	loggingIn
	becoming
)

// refusal is how a cell ends that must not come through.
type refusal struct {
	at   stage
	code string
	exit int
	// says are words of the message.
	says []string
}

// login is a way to log in, on a port of the target that takes no other.
type login struct {
	name string
	port int
	// sshd are the settings of the port, authorized the key it takes. Where
	// sharesPort is set, they are those of another login.
	sshd       []string
	authorized string
	sharesPort bool
	// agent names the agent of the run.
	agent string
	// ssh is what the document says.
	ssh     func(user string) object
	refused *refusal
}

func (f *field) allLogins() []login {
	by := func(name string) []string {
		return []string{"AuthenticationMethods " + name}
	}
	keys := func(login string) []string {
		return append(by("publickey"), "AuthorizedKeysFile "+authorized(login))
	}
	identity := func(name string) func(string) object {
		return func(string) object { return object{"identity_file": f.keys[name]} }
	}
	password := func(user string) object { return object{"password": fromEnvironment(variable(user))} }
	return []login{
		{
			name: "key", port: 2301, sshd: keys("key"), authorized: f.public(f.keys["plain"]), agent: "one",
			ssh: identity("plain"),
		},
		{
			name: "encrypted", port: 2302, sshd: keys("encrypted"), authorized: f.public(f.keys["encrypted"]), agent: "one",
			ssh: func(string) object {
				return object{"identity_file": f.keys["encrypted"], "passphrase": object{"$secret": object{"file": "passphrase"}}}
			},
		},
		{
			name: "agent", port: 2303, sshd: keys("agent"), authorized: f.public(f.keys["held"]), agent: "one",
			ssh: func(string) object { return object{} },
		},
		{
			name: "ten-keys", port: 2304, sshd: keys("ten-keys"), authorized: f.public(f.keys["ten"]), agent: "ten",
			ssh: func(string) object { return object{"identity_file": f.keys["ten"] + ".pub"} },
		},
		{
			name: "certificate", port: 2305, authorized: f.public(f.keys["user-authority"]), agent: "one",
			sshd: append(by("publickey"), "AuthorizedKeysFile none", "TrustedUserCAKeys "+authorized("certificate")),
			ssh:  identity("certified"),
		},
		{name: "password", port: 2306, sshd: by("password"), agent: "one", ssh: password},
		{name: "keyboard", port: 2307, sshd: by("keyboard-interactive"), agent: "one", ssh: password},
		{
			name: "sequence", port: 2308, authorized: f.public(f.keys["sequence"]), agent: "one",
			sshd: append(by("publickey,password"), "AuthorizedKeysFile "+authorized("sequence")),
			ssh: func(user string) object {
				return object{"identity_file": f.keys["sequence"], "password": fromEnvironment(variable(user))}
			},
		},
		// Ten keys that sshd does not know leave no attempt for the password, if
		// they are all offered.
		{name: "ten-keys-and-password", port: 2309, sshd: by("publickey password"), agent: "ten", ssh: password},
		{
			name: "wrong-key", port: 2301, sharesPort: true, agent: "one", ssh: identity("stranger"),
			refused: &refusal{at: loggingIn, code: "login_refused", exit: 4, says: []string{f.keys["stranger"], "the server takes publickey"}},
		},
		{
			name: "wrong-password", port: 2306, sharesPort: true, agent: "one",
			ssh:     func(string) object { return object{"password": fromEnvironment("HOSTKIT_WRONG")} },
			refused: &refusal{at: loggingIn, code: "login_refused", exit: 4, says: []string{"tried password", "the server takes password"}},
		},
		// ssh is thrown out here for too many attempts, and says no more than that.
		{
			name: "ten-keys-unnamed", port: 2304, sharesPort: true, agent: "ten",
			ssh:     func(string) object { return object{} },
			refused: &refusal{at: loggingIn, code: "login_refused", exit: 4, says: []string{"5 more keys", "in ssh.identity_file"}},
		},
		{
			name: "wrong-passphrase", port: 2302, sharesPort: true, agent: "one",
			ssh: func(string) object {
				return object{"identity_file": f.keys["encrypted"], "passphrase": fromEnvironment("HOSTKIT_WRONG")}
			},
			refused: &refusal{at: credentials, code: "passphrase_wrong", exit: 3, says: []string{f.keys["encrypted"]}},
		},
	}
}

// situation is what is known of the target's host key.
type situation struct {
	name string
	// known is the text of known_hosts.
	known string
	// ssh is what the document says beside.
	ssh object
	// records says that the key is recorded in known_hosts.
	records bool
	// shows is the identity that the facts have.
	shows   doc.HostKey
	refused *refusal
}

func (f *field) situations() []situation {
	plain := doc.HostKey{Type: "ssh-ed25519", Fingerprint: f.target.Fingerprint()}
	authority := doc.HostKey{Type: "ssh-ed25519-cert-v01@openssh.com", Fingerprint: f.fingerprint(f.keys["host-authority"])}
	line := f.target.HostKeys()[0].Line
	authorityLine := f.public(f.keys["host-authority"])
	other := f.public(f.keys["other-host"])
	const alias = "the-target.example"
	refused := func(code string, says ...string) *refusal {
		return &refusal{at: hostKey, code: code, exit: 4, says: says}
	}
	return []situation{
		{name: "known", known: f.lines("", line), shows: plain},
		{name: "hashed", known: f.hashed(f.lines("", line)), shows: plain},
		{name: "authority", known: f.lines("@cert-authority ", authorityLine), shows: authority},
		{name: "pinned", ssh: object{"host_key": plain.Fingerprint}, shows: plain},
		{name: "pinned-by-type", ssh: object{"host_key": plain.Type + " " + plain.Fingerprint}, shows: plain},
		{name: "alias", known: alias + " " + line + "\n", ssh: object{"host_key_alias": alias}, shows: plain},
		{
			name: "authority-of-alias", known: "@cert-authority " + f.target.Name + " " + authorityLine + "\n",
			ssh: object{"host_key_alias": f.target.Name}, shows: authority,
		},
		{name: "accepted", ssh: object{"silently_accept_hosts": true}, records: true, shows: plain},
		{
			name: "unknown", known: "elsewhere.example " + line + "\n",
			refused: refused("unknown_host_key", plain.Fingerprint, "has no entry", "ssh-keygen -lf"),
		},
		{
			name: "changed", known: f.lines("", other), ssh: object{"silently_accept_hosts": true},
			refused: refused("changed_host_key", plain.Fingerprint, f.fingerprint(f.keys["other-host"]), "ssh-keygen -R"),
		},
		{
			name: "revoked", known: "@revoked * " + line + "\n" + f.lines("", line), ssh: object{"silently_accept_hosts": true},
			refused: refused("revoked_host_key", plain.Fingerprint),
		},
		{
			name: "pinned-and-revoked", known: "@revoked * " + line + "\n", ssh: object{"host_key": plain.Fingerprint},
			refused: refused("revoked_host_key", plain.Fingerprint),
		},
		{
			name: "another-pinned", known: f.lines("", line), ssh: object{"host_key": f.fingerprint(f.keys["other-host"])},
			refused: refused("configured_host_key_mismatch", plain.Fingerprint, f.fingerprint(f.keys["other-host"])),
		},
	}
}

// hashed is the text of a known_hosts file with the names hidden.
func (f *field) hashed(text string) string {
	f.t.Helper()
	path := f.write(text, "hashing", "known_hosts")
	f.must(nil, "ssh-keygen", "-q", "-H", "-f", path)
	text = f.read("hashing", "known_hosts")
	if strings.Contains(text, f.target.IP) {
		f.t.Fatalf("ssh-keygen -H left the names:\n%s", text)
	}
	return text
}

// privilege is as whom everything is to run.
type privilege struct {
	name string
	// user logs in.
	user string
	// host is what the document says.
	host object
	// sees is whose private file can be read; root reads all.
	sees    string
	refused *refusal
}

func (f *field) privileges() []privilege {
	sudo := func(with object) object { return object{"sudo": with} }
	// By a command: each secret is resolved once a run, however many hosts use it.
	bens := object{"$secret": object{"command": []string{"cat", f.path("secrets", "ben")}}}
	refused := func(code string, says ...string) *refusal {
		return &refusal{at: becoming, code: code, exit: 4, says: says}
	}
	return []privilege{
		{name: "root", user: "root", sees: "root"},
		{name: "sudo", user: "ann", host: object{"sudo": true}, sees: "root"},
		{name: "sudo-password", user: "ben", host: sudo(object{"password": bens}), sees: "root"},
		{name: "sudo-as-app", user: "ann", host: sudo(object{"user": "app"}), sees: "app"},
		{name: "doas", user: "dan", host: object{"doas": true}, sees: "root"},
		{name: "none", user: "eve", sees: "eve"},
		{
			name: "sudo-unasked", user: "ben", host: object{"sudo": true},
			refused: refused("sudo_password_required"),
		},
		{
			name: "sudo-wrong-password", user: "ben", host: sudo(object{"password": fromEnvironment("HOSTKIT_WRONG")}),
			refused: refused("sudo_wrong_password"),
		},
		{
			name: "not-in-sudoers", user: "eve", host: sudo(object{"password": fromEnvironment(variable("eve"))}),
			refused: refused("sudo_not_allowed"),
		},
		{
			name: "not-in-doas", user: "eve", host: object{"doas": true},
			refused: refused("doas_not_allowed"),
		},
	}
}

// cell is one value of each axis.
type cell struct {
	login     login
	situation situation
	hops      int
	privilege privilege
}

func (c cell) String() string {
	return fmt.Sprintf("%s.%s.%d.%s", c.login.name, c.situation.name, c.hops, c.privilege.name)
}

// refused is the rule: of all that refuse the first one in the order of stages,
// nil if there is none.
func (c cell) refused() *refusal {
	var first *refusal
	for _, r := range []*refusal{c.login.refused, c.situation.refused, c.privilege.refused} {
		if r != nil && (first == nil || r.at < first.at) {
			first = r
		}
	}
	return first
}

// known is the known_hosts file of the cell.
func (c cell) known(f *field) string {
	name := c.situation.name
	if c.situation.records {
		name += fmt.Sprintf("-%d", c.hops)
	}
	return f.path("known", name)
}

// host is the cell as a config says it.
func (c cell) host(f *field) object {
	ssh := object{"use_config": false, "port": c.login.port, "known_hosts": c.known(f)}
	maps.Copy(ssh, c.situation.ssh)
	maps.Copy(ssh, c.login.ssh(c.privilege.user))
	if c.hops > 0 {
		ssh["jump"] = f.jumps(c.hops)
	}
	host := object{"hostname": f.target.IP, "user": c.privilege.user, "ssh": ssh}
	maps.Copy(host, c.privilege.host)
	return host
}
