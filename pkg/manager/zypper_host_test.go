package manager_test

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/manager"
	"hostkit/pkg/shell"
	"hostkit/tests/lab"
)

// onHost runs a script on the host as root, or as who argv makes of it.
func onHost(t *testing.T, host *lab.Host, script fmt.Stringer, argv ...string) shell.Result {
	t.Helper()
	cmd := host.Command(t.Context(), append(argv, "sh", "-c", script.String())...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return shell.Result{Status: cmd.ProcessState.ExitCode(), Stdout: stdout.Bytes(), Stderr: stderr.Bytes()}
}

func command(t *testing.T, host *lab.Host, text string) string {
	t.Helper()
	out, err := host.Exec(t.Context(), "sh", "-euc", text)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func zypperHost(t *testing.T) *lab.Host {
	t.Helper()
	host := lab.Run(t, lab.Options{Zypper: true})
	command(t, host, "zypper -q -n refresh")
	return host
}

func installing(names ...manager.Name) manager.Transaction {
	var tx manager.Transaction
	for _, name := range names {
		tx.Install = append(tx.Install, manager.Want{Name: name})
	}
	return tx
}

// failed says what kind of refusal an error is.
func failed(err error) string {
	var f *manager.Failure
	if errors.As(err, &f) {
		return f.Code + ": " + f.Message
	}
	return fmt.Sprint(err)
}

// Who has a lock is named when the time is up; here there is none.
func TestZypperNamesTheHolderOfALock(t *testing.T) {
	t.Parallel()
	host := zypperHost(t)
	commit := manager.Zypper{}.Commit(installing("lab-one"))
	impatient := text(strings.Replace(commit.String(), "'300'", "'0'", 1))
	if impatient.String() == commit.String() {
		t.Fatal("the transaction waits for another time")
	}
	for _, test := range []struct{ hold, says string }{
		{`sleep 600 >/dev/null 2>&1 & echo $! | tee /run/zypp.pid`, "locked: /run/zypp.pid is held by process %s (sleep)"},
		{
			`rpm -U /srv/repo/noarch/lab-slow-1.0-1.noarch.rpm && mkfifo /run/lab-slow
			rpm -U /srv/repo/noarch/lab-slow-2.0-1.noarch.rpm >/dev/null 2>&1 &
			timeout 60 sh -c 'until rpm -q lab-slow | grep -q 2.0; do :; done'
			echo $!`,
			"locked: /usr/lib/sysimage/rpm/.rpm.lock is held by process %s (rpm)",
		},
	} {
		pid := strings.TrimSpace(command(t, host, test.hold))
		r := onHost(t, host, impatient)
		effect, err := manager.Zypper{}.ReadCommit(r)
		if want := fmt.Sprintf(test.says, pid); failed(err) != want || effect.Installs != nil {
			t.Errorf("%v, %+v, want %s\n%s%s", failed(err), effect, want, r.Stdout, r.Stderr)
		}
		command(t, host, "kill "+pid)
	}
}

// text is a script that was changed.
type text string

func (t text) String() string { return string(t) }

// What was changed before a package failed is told with the failure.
func TestZypperTellsWhatAFailedTransactionHasChanged(t *testing.T) {
	t.Parallel()
	host := zypperHost(t)
	command(t, host, `cat >/tmp/bad.spec <<-'SPEC'
			Name: lab-bad
			Version: 1.0
			Release: 1
			Summary: a package that fails
			License: none
			BuildArch: noarch
			AutoReqProv: no
			Requires(pre): lab-dep
			%description
			It fails.
			%pre -p <lua>
			error("no thanks")
			%files
		SPEC
		rpmbuild -bb --quiet --define '_topdir /tmp/build' --define '_rpmdir /srv/repo' /tmp/bad.spec 2>/dev/null
		createrepo_c -q /srv/repo
		zypper -q -n refresh`)
	effect, err := manager.Zypper{}.ReadCommit(onHost(t, host, manager.Zypper{}.Commit(installing("lab-bad"))))
	if !slices.Equal(effect.Installs, []manager.Package{{Name: "lab-dep", Version: "1.0-1"}}) || effect.Removes != nil ||
		!strings.HasPrefix(failed(err), "package_failed: package lab-bad-1.0-1.noarch: lua script failed") {
		t.Errorf("%+v, %v", effect, failed(err))
	}
}

// A transaction that would take away what nobody has named is not made, whatever
// its preview was.
func TestZypperCommitTakesNothingAwayUnnamed(t *testing.T) {
	t.Parallel()
	host := zypperHost(t)
	command(t, host, "zypper -q -n install lab-epoch lab-one")
	before := command(t, host, "rpm -qa | sort")
	for says, tx := range map[string]manager.Transaction{
		"would_remove: it would remove a package that the plan does not name: lab-epoch":                                        installing("lab-heir"),
		"conflict: packages do not go together: lab-rival-1.0-1.noarch conflicts with lab-one provided by lab-one-2.0-1.noarch": installing("lab-rival"),
		"not_available: zypper has no package lab-none":                                                                         installing("lab-none"),
	} {
		effect, err := manager.Zypper{}.ReadCommit(onHost(t, host, manager.Zypper{}.Commit(tx)))
		if failed(err) != says || effect.Installs != nil || effect.Removes != nil {
			t.Errorf("%+v, %v, want %s", effect, failed(err), says)
		}
	}
	if after := command(t, host, "rpm -qa | sort"); after != before {
		t.Errorf("rpm has\n%s\nhad\n%s", after, before)
	}
	heir := installing("lab-heir")
	heir.Remove = []manager.Name{"lab-epoch", "lab-none"}
	effect, err := manager.Zypper{}.ReadCommit(onHost(t, host, manager.Zypper{}.Commit(heir)))
	if err != nil || !slices.Equal(effect.Removes, []manager.Package{{Name: "lab-epoch", From: "2:1.0-3"}}) ||
		!slices.Equal(effect.Installs, []manager.Package{{Name: "lab-heir", Version: "1.0-1"}}) {
		t.Errorf("%+v, %v", effect, err)
	}
}

// Anyone may ask what there is; only root may change it.
func TestZypperAnswersAnyone(t *testing.T) {
	t.Parallel()
	host := zypperHost(t)
	command(t, host, "zypper -q -n install lab-one=1.0")
	nobody := []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}
	asks := []manager.Ask{{Names: []manager.Name{"lab-one"}, Version: "2.0-1"}, {Names: []manager.Name{"lab-mail"}}}
	index, err := manager.Zypper{}.ReadIndex(asks, onHost(t, host, manager.Zypper{}.Index(asks), nobody...))
	if err != nil || !index.Present || index.Candidates["lab-one"] != "2.0-1" || len(index.Providers["lab-mail"]) != 2 {
		t.Errorf("%+v, %v", index, err)
	}
	tx := installing("lab-one")
	effect, err := manager.Zypper{}.ReadPreview(tx, onHost(t, host, manager.Zypper{}.Preview(tx), nobody...))
	if err != nil || !slices.Equal(effect.Upgrades, []manager.Package{{Name: "lab-one", Version: "2.0-1", From: "1.0-1"}}) {
		t.Errorf("%+v, %v", effect, err)
	}
	for name, err := range map[string]error{
		"commit":  second(manager.Zypper{}.ReadCommit(onHost(t, host, manager.Zypper{}.Commit(tx), nobody...))),
		"refresh": manager.Zypper{}.ReadRefresh(onHost(t, host, manager.Zypper{}.Refresh(), nobody...)),
	} {
		if failed(err) != "permission_denied: may not change packages on the host" {
			t.Errorf("%s: %v", name, failed(err))
		}
	}
}

func second(_ manager.Effect, err error) error { return err }

// Repositories count by their priority, those that are disabled or were never
// fetched not at all, and aliases may hold spaces.
func TestZypperAsksTheRepositoriesThatItHas(t *testing.T) {
	t.Parallel()
	host := zypperHost(t)
	command(t, host, `mkdir -p /srv/own
		cp /srv/repo/noarch/lab-one-1.1-1.noarch.rpm /srv/own
		createrepo_c -q /srv/own
		cat >/etc/zypp/repos.d/own.repo <<-'REPO'
			# our own
			[our own]
			name = our own, first of all
			enabled = 1
			priority = 50
			gpgcheck = 0
			baseurl = file:///srv/own

			[off]
			enabled=0
			baseurl=file:///srv/own
		REPO
		zypper -q -n refresh
		printf '[new]\nenabled=1\nbaseurl=file:///srv/nowhere\n' >/etc/zypp/repos.d/new.repo`)
	asks := []manager.Ask{{Names: []manager.Name{"lab-one"}, Version: "2.0-1"}}
	index, err := manager.Zypper{}.ReadIndex(asks, onHost(t, host, manager.Zypper{}.Index(asks)))
	if err != nil || index.Candidates["lab-one"] != "1.1-1" || !slices.Equal(index.Versions["lab-one"], []string{"2.0-1", "1.1-1", "1.0-1"}) {
		t.Errorf("%+v, %v", index, err)
	}
	tx := installing("lab-one")
	effect, err := manager.Zypper{}.ReadPreview(tx, onHost(t, host, manager.Zypper{}.Preview(tx)))
	want := []manager.Package{{Name: "lab-one", Version: "1.1-1"}}
	if err != nil || !slices.Equal(effect.Installs, want) {
		t.Errorf("%+v, %v", effect, err)
	}
	effect, err = manager.Zypper{}.ReadCommit(onHost(t, host, manager.Zypper{}.Commit(tx)))
	if err != nil || !slices.Equal(effect.Installs, want) {
		t.Errorf("%+v, %v", effect, err)
	}
}

// To remove takes no index, and none is fetched for it.
func TestZypperRemovesWithoutAnIndex(t *testing.T) {
	t.Parallel()
	host := zypperHost(t)
	command(t, host, `zypper -q -n install lab-needs lab-one
		rm -rf /var/cache/zypp/*
		mv /srv/repo /srv/gone`)
	tx := manager.Transaction{Remove: []manager.Name{"lab-one"}}
	want := []manager.Package{{Name: "lab-one", From: "2.0-1"}}
	effect, err := manager.Zypper{}.ReadPreview(tx, onHost(t, host, manager.Zypper{}.Preview(tx)))
	if err != nil || !slices.Equal(effect.Removes, want) {
		t.Errorf("%+v, %v", effect, err)
	}
	effect, err = manager.Zypper{}.ReadCommit(onHost(t, host, manager.Zypper{}.Commit(tx)))
	if err != nil || !slices.Equal(effect.Removes, want) {
		t.Errorf("%+v, %v", effect, err)
	}
	needed := manager.Transaction{Remove: []manager.Name{"lab-dep"}}
	effect, err = manager.Zypper{}.ReadPreview(needed, onHost(t, host, manager.Zypper{}.Preview(needed)))
	if err != nil || len(effect.Removes) != 2 {
		t.Errorf("%+v, %v", effect, err)
	}
	if _, err := (manager.Zypper{}).ReadCommit(onHost(t, host, manager.Zypper{}.Commit(needed))); !strings.HasPrefix(failed(err), "conflict: ") {
		t.Error(failed(err))
	}
	for name, err := range map[string]error{
		"preview": second(manager.Zypper{}.ReadPreview(installing("lab-one"), onHost(t, host, manager.Zypper{}.Preview(installing("lab-one"))))),
		"commit":  second(manager.Zypper{}.ReadCommit(onHost(t, host, manager.Zypper{}.Commit(installing("lab-one"))))),
	} {
		if failed(err) != "no_index: the host has no package index" {
			t.Errorf("%s: %v", name, failed(err))
		}
	}
}
