package lab_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hostkit/tests/lab"
)

func TestMain(m *testing.M) {
	if os.Getenv("HOSTKIT_LAB_TEST_OWNER") != "" {
		ownHostUntilKilled()
	}
	goleak.VerifyTestMain(m)
}

// ownHostUntilKilled is the other process of the tests about killed owners.
func ownHostUntilKilled() {
	h, err := lab.Start(context.Background(), lab.Options{NoIndex: true, Systemd: os.Getenv("HOSTKIT_LAB_TEST_OWNER") == "systemd"})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"Dir": h.Dir, "PID": h.PID(), "Addr": h.Addr()}); err != nil {
		os.Exit(1)
	}
	time.Sleep(time.Hour)
}

// ssh runs a command over a real login and returns its output.
func ssh(t *testing.T, h *lab.Host, user, command string) string {
	t.Helper()
	out, err := h.SSH(t.Context(), user, command).CombinedOutput()
	if err != nil {
		t.Fatalf("ssh %s: %v: %s", user, err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestLogsInByKey(t *testing.T) {
	h := lab.Run(t, lab.Options{Hostname: "alpha"})
	if got := ssh(t, h, "root", "hostname; id -u"); got != "alpha\n0" {
		t.Errorf("got %q", got)
	}
}

func TestLogsInByPassword(t *testing.T) {
	h := lab.Run(t, lab.Options{
		RootPassword: "pass word'\"$1",
		Users:        []lab.User{{Name: "ann", Password: "other"}},
	})
	for user, password := range map[string]string{"root": "pass word'\"$1", "ann": "other"} {
		if out, err := passwordLogin(t, h, user, password); err != nil || out != user {
			t.Errorf("%s: %q, %v", user, out, err)
		}
	}
	if out, err := passwordLogin(t, h, "ann", "wrong"); err == nil {
		t.Errorf("got in with a wrong password: %q", out)
	}
}

func passwordLogin(t *testing.T, h *lab.Host, user, password string) (string, error) {
	t.Helper()
	askpass := filepath.Join(t.TempDir(), "askpass")
	if err := os.WriteFile(askpass, []byte("#!/bin/sh\nprintf '%s\\n' \"$LAB_PASSWORD\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	// Of two -o, ssh takes the first.
	args := append([]string{
		"-o", "BatchMode=no", "-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1",
	}, h.SSHArgs(user)...)
	cmd := exec.CommandContext(t.Context(), "ssh", append(args, "id -un")...)
	cmd.Env = append(os.Environ(), "SSH_ASKPASS="+askpass, "SSH_ASKPASS_REQUIRE=force", "LAB_PASSWORD="+password)
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}

func TestUsersHaveTheirShellAndSudo(t *testing.T) {
	h := lab.Run(t, lab.Options{Users: []lab.User{
		{Name: "fishy", Shell: "/usr/bin/fish", Sudo: lab.SudoNoPassword},
		{Name: "tess", Shell: "/usr/bin/tcsh", Sudo: lab.SudoWithPassword, Password: "sesame"},
		{Name: "plain", Shell: "/bin/dash"},
	}})
	if got := ssh(t, h, "fishy", "echo $SHELL (sudo -n id -u)"); got != "/usr/bin/fish 0" {
		t.Errorf("fishy: %q", got)
	}
	if got := ssh(t, h, "tess", "echo $shell; echo sesame | sudo -S -p '' id -u"); got != "/usr/bin/tcsh\n0" {
		t.Errorf("tess: %q", got)
	}
	for _, user := range []string{"tess", "plain"} {
		if out, err := h.SSH(t.Context(), user, "sudo -k -n true").CombinedOutput(); err == nil {
			t.Errorf("%s: sudo without password: %s", user, out)
		}
	}
}

func TestInstallsAPackage(t *testing.T) {
	h := lab.Run(t, lab.Options{})
	before, err := h.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ssh(t, h, "root", "DEBIAN_FRONTEND=noninteractive apt-get install -q -y hello")
	after, err := h.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, d := range before.Diff(after) {
		found[d.Path] = d.Change == "added"
	}
	if !found["package:hello:amd64"] && !found["package:hello:arm64"] || !found["/usr/bin/hello"] {
		t.Errorf("not found in the difference: %v", before.Diff(after))
	}
}

func TestWithoutIndexAptKnowsNothing(t *testing.T) {
	h := lab.Run(t, lab.Options{NoIndex: true})
	if out := ssh(t, h, "root", "apt-cache policy hello; ls /var/lib/apt/lists"); out != "" {
		t.Errorf("got %q", out)
	}
}

func TestOptionsReachTheHost(t *testing.T) {
	h := lab.Run(t, lab.Options{
		HostKeys:  []string{"ecdsa", "ed25519"},
		MachineID: "0123456789abcdef0123456789abcdef",
		SSHD:      []string{"PasswordAuthentication no", "MaxSessions 1"},
		Files:     []lab.File{{Path: "/srv/deep/file", Content: "x\n", Mode: 0o640}},
		ReadOnly:  []string{"/srv/deep"},
	})
	if got := ssh(t, h, "root", "cat /etc/machine-id; stat -c %a /srv/deep/file"); got != "0123456789abcdef0123456789abcdef\n640" {
		t.Errorf("got %q", got)
	}
	if got := ssh(t, h, "root", "sshd -T | grep -E '^(maxsessions|passwordauth)'"); got != "maxsessions 1\npasswordauthentication no" {
		t.Errorf("sshd settings: %q", got)
	}
	if out, err := h.Exec(t.Context(), "touch", "/srv/deep/more"); err == nil {
		t.Errorf("wrote to a read-only path: %s", out)
	}
	var types []string
	for _, k := range h.HostKeys() {
		types = append(types, k.Type)
	}
	if got := strings.Join(types, " "); got != "ecdsa-sha2-nistp256 ssh-ed25519" {
		t.Errorf("host keys %q", got)
	}
	absent := lab.Run(t, lab.Options{NoMachineID: true, NoIndex: true})
	if id, err := absent.ReadFile("/etc/machine-id"); err == nil {
		t.Errorf("machine-id %q where none was wanted", id)
	}
}

func TestSmallDiskFills(t *testing.T) {
	h := lab.Run(t, lab.Options{DiskSize: 4 << 20, NoIndex: true})
	if got := ssh(t, h, "root", "dd if=/dev/zero of=/var/big bs=1M count=8 2>&1 | grep -c 'No space left'; rm /var/big; echo ok > /var/small; cat /var/small"); got != "1\nok" {
		t.Errorf("got %q", got)
	}
}

func TestHostsRunSideBySide(t *testing.T) {
	var hosts [8]*lab.Host
	lab.Require(t)
	errs := make(chan error, len(hosts))
	for i := range hosts {
		go func() {
			h, err := lab.Start(t.Context(), lab.Options{Hostname: fmt.Sprintf("n%d", i), NoIndex: true})
			hosts[i] = h
			errs <- err
		}()
	}
	for range hosts {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	seen := map[string]bool{}
	for i, h := range hosts {
		if h == nil {
			continue
		}
		if got := ssh(t, h, "root", "hostname"); got != fmt.Sprintf("n%d", i) || seen[h.IP] {
			t.Errorf("host %d at %s says %q", i, h.IP, got)
		}
		seen[h.IP] = true
		if err := h.Stop(); err != nil {
			t.Error(err)
		}
	}
}

func TestUsersHaveDoas(t *testing.T) {
	h := lab.Run(t, lab.Options{NoIndex: true, Users: []lab.User{
		{Name: "dan", Doas: lab.DoasNoPassword},
		{Name: "dora", Doas: lab.DoasWithPassword, Password: "sesame"},
	}})
	if got := ssh(t, h, "dan", "doas -n id -u; doas -n -u dora id -un"); got != "0\ndora" {
		t.Errorf("dan: %q", got)
	}
	if out, err := h.SSH(t.Context(), "dora", "doas -n true").CombinedOutput(); err == nil {
		t.Errorf("dora: doas without password: %s", out)
	}
}

func TestAnAuthorityVouchesForTheHost(t *testing.T) {
	dir := t.TempDir()
	authority := filepath.Join(dir, "ca")
	if out, err := exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", authority).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	h := lab.Run(t, lab.Options{NoIndex: true, HostAuthority: authority})
	public, err := os.ReadFile(authority + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	// The plain key is not in this file: only the certificate can be known.
	if err := os.WriteFile(h.KnownHosts, append([]byte("@cert-authority * "), public...), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := ssh(t, h, "root", "echo in"); got != "in" {
		t.Errorf("got %q", got)
	}
}
