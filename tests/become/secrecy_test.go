package become_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/pkg/shell"
	"hostkit/tests/lab"
)

// hunted is a word that stands nowhere else.
const hunted = "Zq7-canary-sudo-password"

// The host's own sudo, with everything switched on that could write a password
// down, and a login environment that exports and prints what it can.
func TestNobodyOnTheHostSeesThePassword(t *testing.T) {
	t.Parallel()
	host := lab.Run(t, lab.Options{
		Users: []lab.User{
			{Name: "bea", Password: hunted, Sudo: lab.SudoWithPassword},
			{Name: "ash", Password: hunted, Shell: "/bin/dash", Sudo: lab.SudoWithPassword},
		},
		Files: []lab.File{
			{Path: "/etc/sudoers.d/loud", Content: "Defaults log_input,log_output,logfile=/var/log/sudo.log,!env_reset\n", Mode: 0o440},
			{Path: "/etc/ssh/sshd_config.d/05-env.conf", Content: "PermitUserEnvironment yes\n"},
		},
	})
	hostile := "p=exported\na=exported\nSHELLOPTS=allexport:xtrace\nBASH_FUNC_printf%%=() { echo pwned; }\n"
	if err := host.WriteFile("/home/bea/.ssh/environment", []byte(hostile), 0o644); err != nil {
		t.Fatal(err)
	}
	log := keepLog(t, host)
	trace, err := host.TraceExec(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sample := host.SampleProc(t.Context())
	const wrong = "Zq7-canary-another-password"
	for _, user := range []string{"bea", "ash"} {
		conn := login(t, host, user)
		expect(t, conn, sudo(wrong), "sudo_wrong_password")
		session := open(t, conn, sudo(hunted))
		step := shell.Step{Script: shell.New(`id -un; set; env; cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ; ls -R /tmp /run; :`)}
		if err := session.RunLast(t.Context(), []shell.Step{step}, func(_ int, r shell.Result) error {
			if !bytes.HasPrefix(r.Stdout, []byte("root\n")) || bytes.Contains(r.Stdout, []byte("Zq7-")) {
				t.Errorf("%s: a step sees the password, or is not root: %.100q", user, r.Stdout)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	started, err := trace.Stop()
	if err != nil {
		t.Fatal(err)
	}
	sudos := 0
	for _, p := range append(started, sample.Stop()...) {
		if p.Contains("Zq7-") {
			t.Errorf("the password stands in the arguments or the environment of %q", p.Cmdline)
		}
		if len(p.Cmdline) > 0 && filepath.Base(p.Cmdline[0]) == "sudo" {
			sudos++
		}
	}
	if sudos == 0 {
		t.Error("no sudo was seen at all")
	}
	if text := log(); strings.Contains(text, "Zq7-") || !strings.Contains(text, "authentication failure") {
		t.Errorf("the log: %s", text)
	}
	searchFiles(t, host)
}

// searchFiles reads everything that was written on the host.
func searchFiles(t *testing.T, host *lab.Host) {
	t.Helper()
	searched := 0
	for _, folder := range []string{filepath.Join(host.Dir, "disk", "upper"), host.Root() + "run", host.Root() + "dev/shm"} {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(path)
			if bytes.Contains(text, []byte("Zq7-")) {
				t.Errorf("%s holds the password", path)
			}
			searched++
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	if searched < 20 {
		t.Errorf("only %d files were searched", searched)
	}
}
