package manager

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/shell"
)

// runHere runs a script on this machine as the batch session does: under the
// fixed PATH and the C locale, with umask 077 and nothing on stdin. Only
// scripts that change nothing are run.
func runHere(t *testing.T, s shell.Script) shell.Result {
	t.Helper()
	cmd := exec.Command("sh", "-c", "umask 077; cd /\n"+s.String())
	cmd.Env = []string{"PATH=" + shell.Path, "LC_ALL=C", "HOME=/root"}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return shell.Result{Status: cmd.ProcessState.ExitCode(), Stdout: out.Bytes(), Stderr: errs.Bytes()}
}

func needApt(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("apt-get"); err != nil {
		t.Skip("no apt on this machine")
	}
}

// written lists the files that apt may write to, with their sizes and times.
func written(t *testing.T) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for _, folder := range []string{"/var/cache/apt", "/var/lib/apt", "/var/log/apt", "/var/lib/dpkg"} {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return fs.SkipDir
			}
			info, err := d.Info()
			if err == nil {
				found[path] = fmt.Sprintf("%v %d %v", info.Mode(), info.Size(), info.ModTime())
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// As root apt writes 80 MB of caches for a query, and eipp.log.xz for a
// simulation.
func TestAptQueriesWriteNothing(t *testing.T) {
	needApt(t)
	before := written(t)
	inventory, err := Apt{}.ReadInstalled(runHere(t, Apt{}.Installed()))
	if err != nil || inventory.Versions["dpkg"] == "" || inventory.Versions["apt"] == "" {
		t.Fatalf("installed: dpkg %q, apt %q, %v", inventory.Versions["dpkg"], inventory.Versions["apt"], err)
	}
	asks := []Ask{
		{Names: []Name{"dpkg", "no-such-package-here"}},
		{Names: []Name{"mail-transport-agent"}},
		{Names: []Name{"libstdc++"}},
	}
	index, err := Apt{}.ReadIndex(asks, runHere(t, Apt{}.Index(asks)))
	if err != nil {
		t.Fatal(err)
	}
	effect, err := Apt{}.ReadPreview(Transaction{}, runHere(t, Apt{}.Preview(Transaction{Remove: []Name{"no-such-package-here"}})))
	t.Log(effect, err)
	if diff := cmp.Diff(before, written(t)); diff != "" {
		t.Errorf("queries wrote (- before, + after):\n%s", diff)
	}
	if !index.Present {
		t.Skip("this machine has no package index")
	}
	for name, want := range map[string]string{"no-such-package-here": "", "mail-transport-agent": "", "libstdc++": ""} {
		if got, asked := index.Candidates[name]; got != want || !asked {
			t.Errorf("candidate of %s: %q, asked %v", name, got, asked)
		}
	}
	if index.Candidates["dpkg"] == "" || len(index.Providers["mail-transport-agent"]) < 2 {
		t.Errorf("dpkg %q, providers %q", index.Candidates["dpkg"], index.Providers["mail-transport-agent"])
	}
}

// What is installed already needs no look into the index.
func TestAptAsksTheIndexOnlyForWhatIsMissing(t *testing.T) {
	needApt(t)
	inventory, err := Apt{}.ReadInstalled(runHere(t, Apt{}.Installed()))
	if err != nil {
		t.Fatal(err)
	}
	version := Version(inventory.Versions["dpkg"])
	for name, test := range map[string]struct {
		asks  []Ask
		asked bool
	}{
		"nothing":       {nil, false},
		"installed":     {[]Ask{{Names: []Name{"no-such", "dpkg"}}, {Names: []Name{"apt"}}}, false},
		"at version":    {[]Ask{{Names: []Name{"dpkg"}, Version: version}}, false},
		"missing":       {[]Ask{{Names: []Name{"dpkg"}}, {Names: []Name{"no-such"}}}, true},
		"other version": {[]Ask{{Names: []Name{"dpkg"}, Version: version + "0"}}, true},
		"prefix":        {[]Ask{{Names: []Name{"dpk"}}}, true},
	} {
		index, err := Apt{}.ReadIndex(test.asks, runHere(t, Apt{}.Index(test.asks)))
		if err != nil {
			t.Fatal(err)
		}
		if index.Present && (index.Candidates != nil) != test.asked {
			t.Errorf("%s: asked: %v, want %v", name, index.Candidates != nil, test.asked)
		}
	}
}

// Whatever ParseName lets through is taken by apt as exactly that name. Names
// that don't exist are the hard ones: apt goes on to try them as a name with a
// sign, a pattern and a regular expression.
func TestAptTakesNamesExactly(t *testing.T) {
	needApt(t)
	tx := Transaction{}
	for _, name := range []string{"sudo+", "dpkg++", "libstdc++", "libc6.dev", "dp.g", "a.+", "apt.", "dpkg.+", "dpkg+"} {
		tx.Install = append(tx.Install, Want{Name: Name(name)})
	}
	const letters = "abdegkpt0126+.-"
	random := rand.New(rand.NewPCG(1, 2))
	for len(tx.Install) < 300 {
		word := make([]byte, 2+random.IntN(5))
		for i := range word {
			word[i] = letters[random.IntN(len(letters))]
		}
		if name, err := (Apt{}).ParseName("zz" + string(word)); err == nil {
			tx.Install = append(tx.Install, Want{Name: name})
		}
	}
	r := runHere(t, Apt{}.Preview(tx))
	if strings.Contains(string(r.Stdout), "\nInst ") || r.Status == 0 {
		t.Fatalf("apt would install something:\n%s%s", r.Stdout, r.Stderr)
	}
	for _, want := range tx.Install {
		if line := "E: Unable to locate package " + string(want.Name) + ":native\n"; !strings.Contains(string(r.Stderr), line) {
			t.Errorf("apt did not look for exactly %s", want.Name)
		}
	}
}

func TestDebVersionsComparedAsDpkgDoes(t *testing.T) {
	if _, err := exec.LookPath("dpkg"); err != nil {
		t.Skip("no dpkg on this machine")
	}
	const letters = "0123019aAz.+~-:"
	random := rand.New(rand.NewPCG(3, 4))
	pick := func() string {
		for {
			word := []byte{"0129"[random.IntN(4)]}
			for range random.IntN(6) {
				word = append(word, letters[random.IntN(len(letters))])
			}
			if v, err := (Apt{}).ParseVersion(string(word)); err == nil {
				return string(v)
			}
		}
	}
	for range 150 {
		a, b := pick(), pick()
		op := map[int]string{-1: "lt", 0: "eq", 1: "gt"}[compareDebVersions(a, b)]
		out, err := exec.Command("dpkg", "--compare-versions", a, op, b).CombinedOutput()
		if err != nil {
			t.Errorf("dpkg does not say %s %s %s: %v %s", a, op, b, err, out)
		}
	}
}
