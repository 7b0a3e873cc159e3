package integration_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"hostkit/tests/integration"
	"hostkit/tests/lab"
)

// What `HOSTKIT_INTEGRATION_TOOL=lab make integration` does: the whole suite, and
// nothing that it leaves out.
func TestTheSuiteOnAHostOfTheLab(t *testing.T) {
	t.Parallel()
	lab.Require(t)
	o := integrate(t, []string{"HOSTKIT_INTEGRATION_TOOL=lab"}, nil)
	o.must(t, 0,
		"goss: 25 of 25 checks hold", "all 25 fail", "goss: 19 of 19 checks hold",
		"ansible-playbook --check first.playbook.yaml: changed=6",
		"ansible-playbook --check first.playbook.yaml: changed=0",
		"ansible-playbook --check second.playbook.yaml: changed=0",
		"is as it was found", "integration: everything holds",
	)
	if strings.Contains(o.text, "not checked") {
		t.Errorf("a check was left out\n%s", o.text)
	}
}

const password = "correct horse battery staple"

// passwordOnly starts a host that lets root in by password alone, and writes the
// config that a person copies from the example for it; one of a user with sudo, and one
// that takes no host key which is not known.
func passwordOnly(t *testing.T) (h *lab.Host, asRoot, asAnna, unknown []string) {
	t.Helper()
	h = lab.Run(t, lab.Options{
		RootPassword: password, SSHD: []string{"PubkeyAuthentication no"},
		Users: []lab.User{{Name: "anna", Password: password, Sudo: lab.SudoWithPassword}},
	})
	example, err := os.ReadFile("../../examples/integration_hosts.example.json")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(example), `"203.0.113.10"`, `"`+h.IP+`"`, 1)
	text = strings.Replace(text, `"port": 22`, `"port": `+strconv.Itoa(h.Port), 1)
	sudo := strings.Replace(text, `"user": "root"`, `"user": "anna"`, 1)
	sudo = strings.Replace(sudo, `"sudo": true`, `"sudo": {"password": {"$secret": {"env": "HOSTKIT_SUDO_PASSWORD"}}}`, 1)
	stranger := strings.Replace(text, `"silently_accept_hosts": true`, `"use_agent": false`, 1)
	return h, remote(t, text), remote(t, sudo), remote(t, stranger)
}

// remote asks for the hosts of a config.
func remote(t *testing.T, config string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "my-hosts.json")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{
		"HOSTKIT_INTEGRATION_TOOL=remote", "HOSTKIT_INTEGRATION_CONFIG=" + file,
		"HOSTKIT_SSH_PASSWORD=" + password, "HOSTKIT_SUDO_PASSWORD=" + password,
	}
}

// A host of one's own, reached by password as root or with sudo: refused where somebody else's things are in the way, put back
// after Ctrl-C in the middle of an apply, and by the next run after a kill.
func TestARemoteHostIsLeftAsItWasFound(t *testing.T) {
	t.Parallel()
	h, env, asAnna, unknown := passwordOnly(t)

	before := snapshot(t, h)
	if err := h.WriteFile("/srv/hostkit-integration/notes", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	integrate(t, env, nil).must(t, 2, "server has /srv/hostkit-integration already")
	o := integrate(t, append(env, "HOSTKIT_SSH_PASSWORD=another"), nil)
	o.must(t, 2, "Permission denied", "the password in HOSTKIT_SSH_PASSWORD the right one? can you log in with: ssh -p ")
	integrate(t, unknown, nil).must(t, 2, "Host key verification failed", "log in to it once, which records its key: ssh -p ", "silently_accept_hosts")
	if _, err := h.Exec(t.Context(), "/bin/sh", "-euc", "cd /srv/hostkit-integration; [ $(cat notes) = mine ]; rm notes; rmdir ../hostkit-integration"); err != nil {
		t.Fatal(err)
	}

	o = integrate(t, asAnna, func(p *os.Process) {
		awaitApply(t, h)
		integrate(t, env, nil).must(t, 2, "another integration run is at work on server")
		interrupt(t, p)
	})
	o.must(t, 130, "is as it was found", "integration: interrupted: Apply it: stopped before its end")
	untouched(t, h, before)

	integrate(t, env, func(p *os.Process) {
		awaitApply(t, h)
		if err := p.Kill(); err != nil {
			t.Error(err)
		}
	}).must(t, -1)
	o = integrate(t, env, nil)
	o.must(t, 0, "a run before this one was cut off", "it has a reference to HOSTKIT_SSH_PASSWORD, and not its value",
		"not checked by Ansible: there is no python3", "goss: 25 of 25 checks hold",
		"server is as it was found", "integration: everything holds")
	if strings.Contains(o.text, password) {
		t.Error("the password is shown")
	}
	untouched(t, h, before)
}

// awaitApply waits until the first apply has made its folder.
func awaitApply(t *testing.T, h *lab.Host) {
	t.Helper()
	for {
		if _, err := os.Stat(h.Root() + "srv/hostkit-integration/app"); err == nil {
			return
		}
		select {
		case <-t.Context().Done():
			t.Fatal("nothing was applied")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// No target is a failure that says what to do.
func TestNoTargetIsAFailure(t *testing.T) {
	t.Parallel()
	const tool, config = "HOSTKIT_INTEGRATION_TOOL=", "HOSTKIT_INTEGRATION_CONFIG="
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "hosts.json")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for name, c := range map[string]struct {
		env   []string
		words []string
	}{
		"a tool that is not known": {[]string{tool + "vagrant"}, []string{`is "vagrant"`, "auto, lab, incus or remote"}},
		"no instance":              {[]string{tool + "incus", "INCUS=/nonexistent/incus"}, []string{"not found", "incus_integration_vm.sh"}},
		"no config":                {[]string{tool + "remote"}, []string{"HOSTKIT_INTEGRATION_CONFIG does not say", "cp examples/integration_hosts.example.json"}},
		"no such config":           {[]string{tool + "remote", config + "/nonexistent.json"}, []string{"/nonexistent.json", "cp examples/"}},
		"the example as it is": {
			[]string{tool + "remote", config + "../../examples/integration_hosts.example.json"},
			[]string{"server: its hostname 203.0.113.10 is an address for examples", "write the address of a host of yours into /"},
		},
		"no password": {
			[]string{tool + "remote", config + file(`{"schema": "hostkit.config/v1", "project": "p", "hosts": {"server": {"hostname": "127.0.0.1", "ssh": {"password": {"$secret": {"env": "HOSTKIT_SSH_PASSWORD"}}}}}}`)},
			[]string{"server: host.ssh.password: HOSTKIT_SSH_PASSWORD is not set", "read -rs HOSTKIT_SSH_PASSWORD"},
		},
		"more than hosts": {
			[]string{tool + "remote", config + "../../examples/triggers.json"},
			[]string{"it says what a host should be", "leave nothing but hosts in it"},
		},
		"nobody there": {
			[]string{tool + "remote", config + file(`{"schema": "hostkit.config/v1", "project": "p", "hosts": {"h": {"hostname": "127.0.0.1", "ssh": {"port": 1}}}}`)},
			[]string{"ssh: connect to host 127.0.0.1 port 1: Connection refused", "check hostname and port in ", "can you log in with: ssh -p 1 127.0.0.1"},
		},
		"no host": {
			[]string{tool + "remote", config + file(`{"schema": "hostkit.config/v1", "project": "p"}`)},
			[]string{"the config has no hosts", "hk-eval --check "},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			integrate(t, c.env, nil).must(t, 2, append(c.words, "integration: error: ", "integration: hint: ")...)
		})
	}
}

// The instance is reached as the script says that ssh reaches it.
func TestTheInstanceIsReachedAsSSHReachesIt(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	key := filepath.Join(root, "id_ed25519")
	if err := os.WriteFile(key, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(root, "scripts"), 0o755); err != nil {
		t.Fatal(err)
	}
	script := "[ \"$1\" = ssh-config ] && cat <<'E'\nHost hostkit-test\n  HostName 203.0.113.10\n  User root\n  IdentityFile \"" + key + "\"\n" +
		"  IdentitiesOnly yes\n  HostKeyAlias hostkit-test\n  UserKnownHostsFile \"" + root + "/known_hosts.hostkit-test\"\n  StrictHostKeyChecking yes\nE\n"
	if err := os.WriteFile(filepath.Join(root, "scripts", "incus_integration_vm.sh"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	target, err := integration.OfIncus(t.Context(), root, root)
	if err != nil {
		t.Fatal(err)
	}
	h, ssh := target.Host, target.Host.SSH
	if target.Name != "hostkit-test" || h.Hostname != "203.0.113.10" || h.User != "root" || h.Sudo.On || ssh.Port != 22 ||
		ssh.IdentityFile != key || ssh.HostKeyAlias != "hostkit-test" || ssh.KnownHosts != root+"/known_hosts.hostkit-test" || ssh.SilentlyAcceptHosts {
		t.Errorf("%+v %+v", target, ssh)
	}
}

// The page shows the example as it is, and the lines that these tests go by.
func TestThePageShowsTheExample(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../examples/integration.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("../../examples/integration_hosts.example.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"```json\n" + string(example) + "```\n",
		"cp examples/integration_hosts.example.json my-hosts.json\n",
		"HOSTKIT_INTEGRATION_TOOL=remote HOSTKIT_INTEGRATION_CONFIG=my-hosts.json make integration\n",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not have\n%s", want)
		}
	}
}
