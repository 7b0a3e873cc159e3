package manager_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/manager"
	"hostkit/pkg/shell"
	"hostkit/tests/lab"
)

// on runs a manager's script on a host, as a session does, with dash.
func on(t *testing.T, host *lab.Host, script string) shell.Result {
	t.Helper()
	return with(t, host, "dash", script)
}

func with(t *testing.T, host *lab.Host, interpreter, script string) shell.Result {
	t.Helper()
	out, err := host.Exec(t.Context(), interpreter, "-c", "export LC_ALL=C; (\n"+script+"\n) 2>/var/tmp/err; echo $? >/var/tmp/status")
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
		"commit":  manager.Pacman{}.Commit(install("lab-one")),
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

// install is a transaction of names, each with a version behind "=" or none.
func install(wants ...string) manager.Transaction {
	var tx manager.Transaction
	for _, want := range wants {
		name, version, _ := strings.Cut(want, "=")
		tx.Install = append(tx.Install, manager.Want{Name: manager.Name(name), Version: manager.Version(version)})
	}
	return tx
}

// A repository that comes second has its versions too, and never the first word.
// Arch's sh is bash. Tables and colours in the host's own configuration don't
// matter.
func TestPacmanTakesAVersionFromTheRepositoryThatHasIt(t *testing.T) {
	host := lab.Run(t, lab.Options{Pacman: true})
	const second = `mkdir /srv/second && mv /var/cache/pacman/pkg/lab-one-* /srv/second/
rm /srv/second/lab-one-1.0-1*
repo-add -q /srv/second/second.db.tar.gz /srv/second/lab-one-1.1-1-any.pkg.tar.zst 2>/dev/null
sed -i 's/^SigLevel/VerbosePkgLists\nColor\nSigLevel/' /etc/pacman.conf
printf '\n[second]\nServer = file:///srv/second\n' >>/etc/pacman.conf
pacman -Sy`
	if _, err := host.Exec(t.Context(), "sh", "-ec", second); err != nil {
		t.Fatal(err)
	}
	p := manager.Pacman{}
	for _, interpreter := range []string{"dash", "bash"} {
		asks := []manager.Ask{{Names: []manager.Name{"lab-one"}, Version: "1.0-1"}}
		index, err := p.ReadIndex(asks, with(t, host, interpreter, p.Index(asks).String()))
		if err != nil || index.Candidates["lab-one"] != "2.0-1" || !slices.Equal(index.Versions["lab-one"], []string{"2.0-1", "1.1-1"}) {
			t.Errorf("%s: %+v, %v", interpreter, index, err)
		}
		for _, step := range []struct {
			tx   manager.Transaction
			want manager.Effect
		}{
			{install("lab-one=1.1-1"), manager.Effect{Installs: []manager.Package{{Name: "lab-one", Version: "1.1-1"}}}},
			{install("lab-one=2.0-1"), manager.Effect{Upgrades: []manager.Package{{Name: "lab-one", Version: "2.0-1", From: "1.1-1"}}}},
			{install("lab-one=1.1-1"), manager.Effect{Downgrades: []manager.Package{{Name: "lab-one", Version: "1.1-1", From: "2.0-1"}}}},
			{manager.Transaction{Remove: []manager.Name{"lab-one"}}, manager.Effect{Removes: []manager.Package{{Name: "lab-one", From: "1.1-1"}}}},
			{install("lab-one"), manager.Effect{Installs: []manager.Package{{Name: "lab-one", Version: "2.0-1"}}}},
			{manager.Transaction{Remove: []manager.Name{"lab-one"}}, manager.Effect{Removes: []manager.Package{{Name: "lab-one", From: "2.0-1"}}}},
		} {
			planned, err := p.ReadPreview(step.tx, with(t, host, interpreter, p.Preview(step.tx).String()))
			if err != nil {
				t.Errorf("%s: %+v: %v", interpreter, step.tx, err)
			}
			done, err := p.ReadCommit(with(t, host, interpreter, p.Commit(step.tx).String()))
			if diff := cmp.Diff(step.want, done); err != nil || diff != "" {
				t.Errorf("%s: %+v: %v\n%s", interpreter, step.tx, err, diff)
			}
			for i := range planned.Removes { // a preview does not look at what goes
				planned.Removes[i].From = done.Removes[i].From
			}
			if diff := cmp.Diff(done, planned); diff != "" {
				t.Errorf("%s: %+v: planned otherwise:\n%s", interpreter, step.tx, diff)
			}
		}
	}
}

// What only the host can tell apart is refused by preview and commit alike.
func TestPacmanRefusesBeforeItTouchesAnything(t *testing.T) {
	host := lab.Run(t, lab.Options{Pacman: true})
	const prepared = `pacman -Sy >/dev/null
sed -i 's/^HoldPkg.*/IgnorePkg = other lab-sl*/' /etc/pacman.conf
pacman -Q || true`
	if _, err := host.Exec(t.Context(), "sh", "-ec", prepared); err != nil {
		t.Fatal(err)
	}
	p := manager.Pacman{}
	for _, test := range []struct {
		tx   manager.Transaction
		want string
	}{
		{install("lab-slow=1.0-1"), "it would change a package that pacman.conf keeps as it is: lab-slow"},
		{install("lab-slow"), "it would change a package that pacman.conf keeps as it is: lab-slow"},
		{install("lab-library=1.0-1", "lab-app"), "packages do not go together: the version of lab-library that is asked for is not the one that another needs"},
		{install("lab-group"), "lab-group is no package, but a group of packages: lab-first, lab-second"},
		{install("lab-mail"), "lab-mail is no package, but a name that others provide: lab-mailer-a, lab-mailer-b"},
		{install("lab-one", "lab-none"), "pacman has no package lab-none"},
		{install("lab-one=3.0-1"), "there is no version 3.0-1 of lab-one"},
		{install("lab-sends"), "several packages provide lab-mail, which is needed: lab-mailer-a, lab-mailer-b"},
		{install("lab-heir", "lab-epoch"), "packages do not go together: lab-heir conflicts with lab-epoch"},
	} {
		for _, script := range []shell.Script{p.Preview(test.tx), p.Commit(test.tx)} {
			if _, err := p.ReadCommit(on(t, host, script.String())); err == nil || err.Error() != test.want {
				t.Errorf("%+v: %v, want %s", test.tx, err, test.want)
			}
		}
	}
	const asNobody = "setpriv --reuid=65534 --regid=65534 --clear-groups dash /var/tmp/script"
	tx := install("lab-one")
	for _, script := range []shell.Script{p.Preview(tx), p.Commit(tx), p.Refresh()} {
		if _, err := host.Exec(t.Context(), "sh", "-c", `printf %s "$1" >/var/tmp/script`, "sh", script.String()); err != nil {
			t.Fatal(err)
		}
		if err := p.ReadRefresh(on(t, host, asNobody)); err == nil || err.Error() != "may not change packages on the host" {
			t.Errorf("as nobody: %v", err)
		}
	}
	if err := p.ReadRefresh(on(t, host, "[ -z \"$(pacman -Q)\" ] && [ ! -e /var/lib/pacman/db.lck ] && [ -z \"$(find /run -name 'hostkit.*')\" ]")); err != nil {
		t.Errorf("something was left: %v", err)
	}
}

// A package without files, as base-devel is one, is whole.
func TestPacmanTellsAnEmptyPackageFromAnIncompleteOne(t *testing.T) {
	host := lab.Run(t, lab.Options{Pacman: true})
	p := manager.Pacman{}
	for _, script := range []shell.Script{p.Refresh(), p.Commit(install("base-devel"))} {
		if err := p.ReadRefresh(on(t, host, script.String())); err != nil {
			t.Fatal(err)
		}
	}
	got, err := p.ReadInstalled(on(t, host, p.Installed().String()))
	if err != nil || len(got.Broken) > 0 || got.Versions["base-devel"] != "1-2" {
		t.Errorf("%+v, %v", got, err)
	}
}
