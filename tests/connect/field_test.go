package connect_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hostkit/tests/lab"
)

// field is the target, the bastions before it, and all that opens them.
type field struct {
	place
	// near is reached from this machine, far from near as well, target from any.
	near, far, target *lab.Host
	// keys are paths of private keys by what they are for.
	keys   map[string]string
	logins []login
	// agents are by name what the environment of an agent's clients has.
	agents map[string]string
}

// folk are the users of the target beside root, and private the folder in which
// each user, root too, has a file that nobody else may read.
var folk = []lab.User{
	{Name: "ann", Sudo: lab.SudoNoPassword},
	{Name: "ben", Sudo: lab.SudoWithPassword, Shell: "/bin/dash"},
	{Name: "dan", Doas: lab.DoasNoPassword, Shell: "/usr/bin/fish"},
	{Name: "eve", Shell: "/usr/bin/tcsh"},
	{Name: "app"},
}

const private = "/srv/private/"

// passwords are by user. A shell would make something else of them, and sudo
// takes what stands there to the last blank.
var passwords = map[string]string{
	"root": `canary "root" $(id) `, "ann": "canary ann's `id`", "ben": `canary \ben\ 'sudo' $HOME`,
	"dan": "canary dän €", "eve": "canary eve;id", "app": "canary app", "skip": "canary skip & hop",
}

const (
	passphrase    = "canary of the encrypted key"
	wrongPassword = "canary that fits nothing"
)

func newField(t *testing.T) *field {
	t.Helper()
	lab.Require(t)
	f := &field{place: newPlace(t), keys: map[string]string{}, agents: map[string]string{}}
	for _, name := range []string{
		"plain", "encrypted", "held", "certified", "sequence", "stranger", "hop",
		"user-authority", "host-authority", "other-host", "revoked",
	} {
		secret := ""
		if name == "encrypted" {
			secret = passphrase
		}
		f.keys[name] = f.key(name, secret)
	}
	everybody := []string{"root"}
	for _, u := range folk {
		everybody = append(everybody, u.Name)
	}
	f.must(nil, "ssh-keygen", "-q", "-s", f.keys["user-authority"], "-I", "matrix", "-n", strings.Join(everybody, ","), f.keys["certified"]+".pub")
	var ten []string
	for i := range 10 {
		ten = append(ten, f.key(fmt.Sprintf("ten-%d", i), ""))
	}
	f.keys["ten"] = ten[8]
	f.agents["one"] = f.agent("one", f.keys["held"])
	f.agents["ten"] = f.agent("ten", ten...)
	f.logins = f.allLogins()
	f.startHosts(t)
	return f
}

func (f *field) startHosts(t *testing.T) {
	t.Helper()
	// sshd's own default, which the lab lifts.
	limits := []string{"MaxStartups 10:30:100"}
	f.near = lab.Run(t, lab.Options{
		Hostname: "near", NoIndex: true, SSHD: limits,
		Users: []lab.User{{Name: "hop", AuthorizedKeys: []string{f.public(f.keys["hop"])}}},
	})
	f.far = lab.Run(t, lab.Options{
		Hostname: "far", NoIndex: true, SSHD: limits,
		Users: []lab.User{{Name: "skip", Password: passwords["skip"]}},
	})
	options := lab.Options{
		Hostname: "target", NoIndex: true, RootPassword: passwords["root"],
		HostAuthority: f.keys["host-authority"], SSHD: append(limits, "KbdInteractiveAuthentication yes"),
	}
	for _, u := range folk {
		u.Password = passwords[u.Name]
		options.Users = append(options.Users, u)
	}
	for _, l := range f.logins {
		if !l.sharesPort {
			options.SSHD = append(options.SSHD, fmt.Sprintf("Port %d", l.port))
		}
	}
	for _, l := range f.logins {
		if l.sharesPort {
			continue
		}
		options.SSHD = append(options.SSHD, fmt.Sprintf("Match LocalPort %d", l.port))
		options.SSHD = append(options.SSHD, l.sshd...)
		options.Files = append(options.Files, lab.File{Path: authorized(l.name), Content: l.authorized + "\n"})
	}
	for name := range passwords {
		options.Files = append(options.Files, lab.File{Path: private + name + "/file", Content: name + "\n", Mode: 0o600})
	}
	f.target = lab.Run(t, options)
	for _, u := range folk {
		if _, err := f.target.Exec(t.Context(), "chown", "-R", u.Name, private+u.Name); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.target.Exec(t.Context(), "sh", "-c", "chmod 700 "+private+"*"); err != nil {
		t.Fatal(err)
	}
}

// authorized is the file of keys that a port takes, of all users.
func authorized(login string) string { return "/etc/ssh/authorized/" + login }

// ports are those on which the target listens for the logins.
func (f *field) ports() []int {
	var ports []int
	for _, l := range f.logins {
		ports = append(ports, l.port)
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// lines are known_hosts lines that give the target a key, on each of its ports.
func (f *field) lines(marker, key string) string {
	var b strings.Builder
	for _, port := range f.ports() {
		fmt.Fprintf(&b, "%s[%s]:%d %s\n", marker, f.target.IP, port, key)
	}
	return b.String()
}

// variables are the secrets, where the documents' references look for them.
func variables() []string {
	all := []string{"HOSTKIT_WRONG=" + wrongPassword}
	for user, password := range passwords {
		all = append(all, variable(user)+"="+password)
	}
	return all
}

func variable(user string) string { return "HOSTKIT_OF_" + strings.ToUpper(user) }

func fromEnvironment(name string) object { return object{"$secret": object{"env": name}} }

// jumps is a document's chain of hosts to go through.
func (f *field) jumps(n int) []object {
	return []object{
		{"hostname": f.near.IP, "user": "hop", "ssh": object{
			"port": f.near.Port, "identity_file": f.keys["hop"], "known_hosts": f.near.KnownHosts, "use_agent": false,
		}},
		{"hostname": f.far.IP, "user": "skip", "ssh": object{
			"port": f.far.Port, "known_hosts": f.far.KnownHosts, "use_agent": false, "password": fromEnvironment(variable("skip")),
		}},
	}[:n]
}
