package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hostkit/tests/lab"
)

// wantedHost is a host that a page asks for.
type wantedHost struct {
	name              string
	password, unknown bool
	options           lab.Options
}

// wantHosts reads the comment that names hosts.
func (p *page) wantHosts(line int, words []string) {
	for _, word := range words {
		name, rest, several := strings.Cut(word, ":")
		w := wantedHost{name: name, options: lab.Options{Hostname: name}}
		if several {
			for _, option := range strings.Split(rest, ",") {
				if !w.set(option) {
					p.refuse(line, "a host may be password, unknown, no-index, systemd, dnf, zypper or pacman, and not %q", option)
				}
			}
		}
		p.hosts = append(p.hosts, w)
	}
	if len(words) == 0 {
		p.refuse(line, "name the hosts")
	}
}

// password is that of the hosts that have one.
const password = "correct-horse-battery"

func (w *wantedHost) set(option string) bool {
	switch option {
	case "password":
		w.password, w.options.RootPassword = true, password
	case "unknown":
		w.unknown = true
	case "no-index":
		w.options.NoIndex = true
	case "systemd":
		w.options.Systemd = true
	case "dnf":
		w.options.Dnf = true
	case "zypper":
		w.options.Zypper = true
	case "pacman":
		w.options.Pacman = true
	default:
		return false
	}
	return true
}

// documented is the address that host i has in the documentation (RFC 5737).
func documented(i int) string { return fmt.Sprintf("203.0.113.%d", 10+i) }

// world is what a page's session finds: hosts, a home, and tools that know both.
type world struct {
	home, bin string
	env       []string
	// shown replaces what is of this run alone by what the documentation calls it.
	shown *strings.Replacer
}

// newWorld starts the hosts of a page and makes its home.
func newWorld(t *testing.T, p *page) *world {
	t.Helper()
	base := t.TempDir()
	w := &world{home: filepath.Join(base, "home"), bin: filepath.Join(base, "bin")}
	write := func(name, content string, mode os.FileMode) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(w.home, ".gitconfig"), "[user]\n\tname = Anna\n\temail = anna@example.com\n[init]\n\tdefaultBranch = main\n", 0o600)
	w.env = []string{"HOME=" + w.home, "USER=anna", "LOGNAME=anna", "TZ=UTC", "LC_ALL=C.UTF-8", "TERM=dumb", "NO_COLOR=1"}

	key := filepath.Join(w.home, ".ssh", "id_ed25519")
	var config, known strings.Builder
	public := ""
	if slices.ContainsFunc(p.hosts, func(h wantedHost) bool { return !h.password }) {
		write(filepath.Join(w.home, ".ssh", "config"), "", 0o600)
		if said, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "anna@laptop", "-f", key).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		raw, err := os.ReadFile(key + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		public = strings.TrimSpace(string(raw))
	}
	shown := []string{w.home, "/home/anna"}
	for i, wanted := range p.hosts {
		options := wanted.options
		if wanted.password {
			w.env = append(w.env, "HOSTKIT_SSH_PASSWORD="+password)
		} else {
			options.AuthorizedKeys = []string{public}
		}
		host := lab.Run(t, options)
		address := documented(i)
		fmt.Fprintf(&config, "Host %[1]s %[1]s.example.org %[2]s\n  HostName %[3]s\n  Port %[4]d\n  User root\n", wanted.name, address, host.IP, host.Port)
		if !wanted.unknown {
			known.WriteString(host.KnownHostsLines())
		}
		shown = append(shown, fmt.Sprintf("[%s]:%d", host.IP, host.Port), address, host.Addr(), address+":22", host.IP, address)
	}
	w.shown = strings.NewReplacer(shown...)
	write(filepath.Join(w.home, ".ssh", "config"), config.String(), 0o600)
	if known.Len() > 0 {
		write(filepath.Join(w.home, ".ssh", "known_hosts"), known.String(), 0o600)
	}
	w.writeTools(write)
	return w
}

// writeTools makes ssh and its like look into the page's home: OpenSSH asks the user
// database where a home is, and not HOME. What they ask a person is answered.
func (w *world) writeTools(write func(string, string, os.FileMode)) {
	for _, tool := range []string{"ssh", "scp"} {
		write(filepath.Join(w.bin, tool), `#!/bin/sh
key=$HOME/.ssh/id_ed25519
[ ! -e "$key" ] || set -- -o IdentityFile="$key" "$@"
exec /usr/bin/`+tool+` -F "$HOME/.ssh/config" -o UserKnownHostsFile="$HOME/.ssh/known_hosts" "$@"
`, 0o700)
	}
	answer := filepath.Join(w.bin, "answer")
	write(answer, "#!/bin/sh\ncase $1 in *continue\\ connecting*) echo yes ;; *) echo "+password+" ;; esac\n", 0o700)
	w.env = append(w.env, "SSH_ASKPASS="+answer, "SSH_ASKPASS_REQUIRE=force")
}
