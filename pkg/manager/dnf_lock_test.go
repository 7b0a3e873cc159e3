package manager_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"hostkit/pkg/manager"
	"hostkit/pkg/shell"
	"hostkit/tests/lab"
)

// rpmLocked has a process hold rpm's lock, and prints its number when it does.
const rpmLocked = `mkfifo /run/locked
python3 -c 'import fcntl, sys, time
f = open(sys.argv[1], "w")
fcntl.lockf(f, fcntl.LOCK_EX)
open("/run/locked", "w").close()
time.sleep(1000)' "$(rpm --eval '%{?_rpmlock_path}%{!?_rpmlock_path:%{_dbpath}/.rpm.lock}')" >/dev/null 2>&1 </dev/null &
cat /run/locked
echo $!
`

// The time that a lock is waited for is taken out of the script; what is left is
// the one attempt that it ends with.
func TestDnfNamesWhoHoldsTheLock(t *testing.T) {
	host := lab.Run(t, lab.Options{Dnf: true})
	if _, err := host.Exec(t.Context(), "dnf", "-q", "makecache"); err != nil {
		t.Fatal(err)
	}
	pid, err := host.Exec(t.Context(), "sh", "-c", rpmLocked)
	if err != nil {
		t.Fatal(err)
	}
	script := manager.Dnf{}.Commit(manager.Transaction{Install: []manager.Want{{Name: "lab-one"}}}).String()
	hasty := strings.Replace(script, "'commit' '300'", "'commit' '0'", 1)
	if hasty == script {
		t.Fatal("the script does not say how long it waits")
	}
	out, err := host.Exec(t.Context(), "sh", "-c", "(\n"+hasty+"\n)\n:")
	if err != nil {
		t.Fatal(err)
	}
	effect, err := manager.Dnf{}.ReadCommit(shell.Result{Status: 1, Stdout: out})
	var failure *manager.Failure
	want := fmt.Sprintf(".rpm.lock is held by process %s (python3)", strings.TrimSpace(string(pid)))
	if !errors.As(err, &failure) || failure.Code != "locked" || !strings.HasSuffix(failure.Message, want) || effect.Installs != nil {
		t.Errorf("%+v, %v, want %s\n%s", effect, err, want, out)
	}
}
