package manager_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/manager"
	"hostkit/pkg/shell"
	"hostkit/tests/lab"
)

// on runs a manager's script on a host, as a session does.
func on(t *testing.T, host *lab.Host, script string) shell.Result {
	t.Helper()
	out, err := host.Exec(t.Context(), "sh", "-c", "export LC_ALL=C; (\n"+script+"\n) 2>/var/tmp/err; echo $? >/var/tmp/status")
	if err != nil {
		t.Fatal(err)
	}
	said, err := host.Exec(t.Context(), "cat", "/var/tmp/status", "/var/tmp/err")
	if err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(string(said), "\n")
	r := shell.Result{Stdout: out, Stderr: []byte(rest)}
	if _, err := fmt.Sscan(first, &r.Status); err != nil {
		t.Fatal(err)
	}
	return r
}

// Versions are ordered as vercmp(8) does it.
func TestPacmanComparesAsVercmp(t *testing.T) {
	host := lab.Run(t, lab.Options{Pacman: true})
	parts := []string{
		"1.0", "1.0a", "1.0.a", "1.0rc1", "1.0.1", "1.01", "1.1", "1.0..1", "1.0_1", "a", "1.a1", "", ".", "1.", "1.0-1", "1.0-2", "1.0-1.1",
		"0:1.0", "1:0.9-1", ":1", "x:1", "2:1.0-3", "1.0~rc1", "1.0+r5", "20240101", "1.00000000000000000001", "99999999999999999999", "1.0-", "é", "1-1-1",
	}
	var pairs []string
	for _, a := range parts {
		for _, b := range parts {
			pairs = append(pairs, a, b)
		}
	}
	out, err := host.Exec(t.Context(), append([]string{"sh", "-c", `while [ $# -gt 0 ]; do vercmp "$1" "$2"; shift 2; done`, "sh"}, pairs...)...)
	if err != nil {
		t.Fatal(err)
	}
	answers := strings.Fields(string(out))
	if 2*len(answers) != len(pairs) {
		t.Fatalf("%d answers to %d pairs", len(answers), len(pairs)/2)
	}
	for i, answer := range answers {
		got := max(-1, min(1, manager.Pacman{}.CompareVersions(pairs[2*i], pairs[2*i+1])))
		if fmt.Sprint(got) != answer {
			t.Errorf("%q and %q: %d, vercmp says %s", pairs[2*i], pairs[2*i+1], got, answer)
		}
	}
}

// slowPacman starts, with the host's own pacman, an upgrade that waits in a
// scriptlet, and returns when it is there; its number is in /run/slow.pid.
const slowPacman = `set -e
mkfifo /run/lab-slow
pacman -Sy --noconfirm lab-slow >/run/slow.log 2>&1 </dev/null &
echo $! >/run/slow.pid
timeout 60 sh -c 'until pacman -Q lab-slow 2>/dev/null; do :; done' >/dev/null
cat /run/slow.pid`

// Where the other one is not done in time, it is named.
func TestPacmanNamesTheHolderOfTheLock(t *testing.T) {
	host := lab.Run(t, lab.Options{Pacman: true})
	out, err := host.Exec(t.Context(), "sh", "-c", slowPacman)
	if err != nil {
		t.Fatal(err)
	}
	holder := fmt.Sprintf("/var/lib/pacman/db.lck is held by process %s (pacman)", strings.TrimSpace(string(out)))
	for name, script := range map[string]shell.Script{
		"commit":  manager.Pacman{}.Commit(manager.Transaction{Install: []manager.Want{{Name: "lab-one"}}}),
		"refresh": manager.Pacman{}.Refresh(),
	} {
		now := strings.Replace(script.String(), "'300'", "'0'", 1)
		if now == script.String() {
			t.Fatalf("%s does not take the time to wait", name)
		}
		r := on(t, host, now)
		if err := (manager.Pacman{}).ReadRefresh(r); err == nil || err.Error() != holder {
			t.Errorf("%s: %v, want %s", name, err, holder)
		}
	}
	if _, err := host.Exec(t.Context(), "sh", "-c", "echo >/run/lab-slow"); err != nil {
		t.Fatal(err)
	}
}

// A pacman of ours that is killed in the middle leaves what is said to be left.
func TestPacmanCommitSaysWhatIsLeft(t *testing.T) {
	host := lab.Run(t, lab.Options{Pacman: true})
	const killing = `set -e
pacman -Sy >/dev/null
pacman -S --noconfirm lab-dep >/dev/null
mv /usr/bin/pacman /usr/bin/pacman.real
cat >/usr/bin/pacman <<'END'
#!/bin/sh
case "$*" in
*'--dbpath '*) ;;
*' -S '*) exec strace -f -qq -o /dev/null -e trace=openat -e inject=openat:signal=KILL \
	-P /var/lib/pacman/local/lab-one-2.0-1/desc /usr/bin/pacman.real "$@" ;;
esac
exec /usr/bin/pacman.real "$@"
END
chmod 755 /usr/bin/pacman`
	if _, err := host.Exec(t.Context(), "sh", "-c", killing); err != nil {
		t.Fatal(err)
	}
	tx := manager.Transaction{Install: []manager.Want{{Name: "lab-one"}}, Remove: []manager.Name{"lab-dep"}}
	effect, err := manager.Pacman{}.ReadCommit(on(t, host, manager.Pacman{}.Commit(tx).String()))
	if err == nil || !slices.Equal(effect.Removes, []manager.Package{{Name: "lab-dep", From: "1.0-1"}}) ||
		!slices.Equal(effect.Installs, []manager.Package{{Name: "lab-one", Version: "2.0-1", State: "incomplete"}}) {
		t.Errorf("%+v, %v", effect, err)
	}
}

// Where two named packages conflict, pacman would leave out one of them without
// asking.
func TestPacmanRefusesToLeaveOutWhatIsNamed(t *testing.T) {
	host := lab.Run(t, lab.Options{Pacman: true})
	if err := (manager.Pacman{}).ReadRefresh(on(t, host, manager.Pacman{}.Refresh().String())); err != nil {
		t.Fatal(err)
	}
	tx := manager.Transaction{Install: []manager.Want{{Name: "lab-heir"}, {Name: "lab-epoch"}}}
	const want = "packages do not go together: lab-heir conflicts with lab-epoch"
	for _, script := range []shell.Script{manager.Pacman{}.Preview(tx), manager.Pacman{}.Commit(tx)} {
		if _, err := (manager.Pacman{}).ReadPreview(tx, on(t, host, script.String())); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
