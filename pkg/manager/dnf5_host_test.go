package manager_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/manager"
	"hostkit/pkg/manager/apktest"
	"hostkit/pkg/shell"
)

// Stand-ins for a host with dnf 5: rpm lists what the file /rpms has, dnf5 notes its
// arguments but for those about the scratch folder, prints /said, and /complaint on
// stderr, and when it is told yes, puts /after in place of /rpms.
const (
	dnf5StandIn = `#!/bin/sh
root=${0%/bin/dnf5}
words=
for word; do
	case $word in
	--setopt=logdir=*) ;;
	*) words="$words $word" ;;
	esac
done
printf '%s\n' "${words# }" >>"$root/calls/dnf5"
cat "$root/said"
cat "$root/complaint" >&2
case $words in
*' -y '*) [ ! -f "$root/after" ] || mv "$root/after" "$root/rpms" ;;
esac
read -r status <"$root/status"
exit "$status"
`
	rpmStandIn = `#!/bin/sh
root=${0%/bin/rpm}
case $1 in
--eval) case $2 in *_arch*) echo x86_64 ;; *) echo "$root/lock" ;; esac ;;
-qa) cat "$root/rpms" ;;
-q)
	shift 3
	for name; do
		grep "^$name " "$root/rpms" | cut -d' ' -f1,3 || :
		grep -q "^$name " "$root/rpms" || echo "package $name is not installed"
	done
	;;
esac
`
)

const someRPMs = "tree x86_64 2.1.0-8.fc41 1\nlab-one noarch 2.0-1 1\n"

// onDnf5 runs test on each shell.
func onDnf5(t *testing.T, test func(t *testing.T, h *apktest.Host, run func(shell.Script) shell.Result)) {
	t.Helper()
	for _, by := range apktest.Shells {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			h := apktest.New(t)
			for name, text := range map[string]string{"dnf": "\x7fELF", "dnf5": dnf5StandIn, "rpm": rpmStandIn} {
				h.Write("/bin/"+name, text)
				if err := os.Chmod(h.Path("/bin/"+name), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			h.Write("/rpms", someRPMs)
			h.Write("/status", "0\n")
			h.Write("/complaint", "")
			h.Write("/calls/dnf5", "")
			test(t, h, func(s shell.Script) shell.Result {
				text := strings.ReplaceAll(s.String(), "/var/cache/libdnf5", h.Path("/cache"))
				return h.RunText(by, strings.Replace(text, "'commit' '300'", "'commit' '0'", 1))
			})
		})
	}
}

// called takes what dnf5 was called with since the last time.
func called(t *testing.T, h *apktest.Host) string {
	t.Helper()
	text, err := os.ReadFile(h.Path("/calls/dnf5"))
	if err != nil {
		t.Fatal(err)
	}
	h.Write("/calls/dnf5", "")
	return string(text)
}

func dnf5Text(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/dnf5/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const (
	dnf5Looks = "-C --setopt=*.build_cache=0 "
	dnf5Plays = dnf5Looks + "--assumeno --setopt=clean_requirements_on_remove=0 do "
	dnf5Does  = "-y --setopt=cacheonly=metadata --setopt=clean_requirements_on_remove=0 do "
)

func TestDnf5IndexOnTheHost(t *testing.T) {
	onDnf5(t, func(t *testing.T, h *apktest.Host, run func(shell.Script) shell.Result) {
		look := func(asks ...manager.Ask) manager.Index {
			t.Helper()
			index, err := manager.Dnf{}.ReadIndex(asks, run(manager.Dnf{}.Index(asks)))
			if err != nil {
				t.Fatal(err)
			}
			return index
		}
		snapm := manager.Ask{Names: []manager.Name{"snapm", "snap-m"}}
		if index := look(snapm); index.Present || called(t, h) != "" {
			t.Errorf("without an index: %+v", index)
		}
		h.Write("/cache/fedora-1/repodata/repomd.xml", "x")
		tree := manager.Ask{Names: []manager.Name{"none", "tree"}, Version: "2.1.0-8.fc41"}
		if index := look(tree); !index.Present || index.Candidates != nil || called(t, h) != "" {
			t.Errorf("dnf was asked about what is installed: %+v", index)
		}
		h.Write("/said", "snapm noarch 0.7.0-1.fc42\n")
		index := look(tree, snapm)
		if index.Candidates["snapm"] != "0.7.0-1.fc42" || index.Candidates["snap-m"] != "" {
			t.Errorf("%+v", index)
		}
		if got, want := called(t, h), dnf5Looks+"repoquery --qf %{name} %{arch} %{evr}\\n none tree snapm snap-m\n"; got != want {
			t.Errorf("called\n%swant\n%s", got, want)
		}
		for _, ask := range []manager.Ask{{Names: []manager.Name{"tree"}, Latest: true}, {Names: []manager.Name{"tree"}, Version: "2.1.0-8.fc4"}} {
			if look(ask); called(t, h) == "" {
				t.Errorf("dnf was not asked about %+v", ask)
			}
		}
		// A question that dnf does not answer is not known, not a no.
		h.Write("/status", "1\n")
		if index := look(snapm); !index.Present || index.Candidates != nil {
			t.Errorf("a failed question: %+v", index)
		}
	})
}

func TestDnf5PreviewAndCommitOnTheHost(t *testing.T) {
	onDnf5(t, func(t *testing.T, h *apktest.Host, run func(shell.Script) shell.Result) {
		tx := manager.Transaction{Install: []manager.Want{{Name: "snapm", Version: "0.7.0-1.fc42"}, {Name: "tree"}}, Remove: []manager.Name{"lab-old"}}
		const words = "--action=install --type=package snapm-0.7.0-1.fc42 --action=install --type=package tree --action=remove --type=package lab-old\n"
		h.Write("/said", dnf5Text(t, "install"))
		h.Write("/status", "1\n") // as of one who said no
		effect, err := manager.Dnf{}.ReadPreview(tx, run(manager.Dnf{}.Preview(tx)))
		if err != nil || len(effect.Installs) != 3 {
			t.Errorf("%+v, %v", effect, err)
		}
		if got := called(t, h); got != dnf5Plays+words {
			t.Errorf("called %s", got)
		}
		h.Write("/status", "0\n")
		h.Write("/after", someRPMs+"snapm noarch 0.7.0-1.fc42 2\n")
		effect, err = manager.Dnf{}.ReadCommit(run(manager.Dnf{}.Commit(tx)))
		want := manager.Effect{Installs: []manager.Package{{Name: "snapm", Version: "0.7.0-1.fc42"}}}
		if diff := cmp.Diff(want, effect); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if got := called(t, h); got != dnf5Plays+words+dnf5Does+words {
			t.Errorf("called %s", got)
		}
		// What can't be done without removing something is played with that too.
		h.Write("/said", "")
		h.Write("/complaint", dnf5Text(t, "written-no-match"))
		nope := manager.Transaction{Install: []manager.Want{{Name: "nope"}}}
		if _, err := (manager.Dnf{}).ReadPreview(nope, run(manager.Dnf{}.Preview(nope))); err == nil || err.Error() != "dnf has no package nope" {
			t.Error(err)
		}
		const none = "--action=install --type=package nope\n"
		if got := called(t, h); got != dnf5Plays+none+strings.Replace(dnf5Plays, " do ", " do --allowerasing ", 1)+none {
			t.Errorf("called %s", got)
		}
	})
}

// What a simulation right before the transaction would take away, and nobody has
// named, is not done.
func TestDnf5CommitTakesAwayNothingMore(t *testing.T) {
	onDnf5(t, func(t *testing.T, h *apktest.Host, run func(shell.Script) shell.Result) {
		h.Write("/said", dnf5Text(t, "written-mixed"))
		all := []manager.Name{"lab-old", "lab-needs", "lab-epoch"}
		pinned := []manager.Want{{Name: "lab-one", Version: "1.0-1"}}
		for want, tx := range map[string]manager.Transaction{
			"it would remove a package that the plan does not name: lab-needs":  {Install: pinned, Remove: []manager.Name{"lab-old", "lab-epoch"}},
			"it would remove a package that the plan does not name: lab-epoch":  {Install: pinned, Remove: all[:2]},
			"it would downgrade a package that the plan does not name: lab-one": {Install: []manager.Want{{Name: "lab-one"}}, Remove: all},
		} {
			if _, err := (manager.Dnf{}).ReadCommit(run(manager.Dnf{}.Commit(tx))); err == nil || err.Error() != want {
				t.Errorf("%v, want %s", err, want)
			}
			if got := called(t, h); strings.Contains(got, " -y ") || strings.HasPrefix(got, "-y") {
				t.Errorf("done all the same: %s", got)
			}
		}
		tx := manager.Transaction{Install: pinned, Remove: all}
		if _, err := (manager.Dnf{}).ReadCommit(run(manager.Dnf{}.Commit(tx))); err != nil || !strings.Contains(called(t, h), "\n-y ") {
			t.Errorf("not done: %v", err)
		}
	})
}

func TestDnf5LocksHoldsAndRefreshes(t *testing.T) {
	onDnf5(t, func(t *testing.T, h *apktest.Host, run func(shell.Script) shell.Result) {
		h.Write("/said", dnf5Text(t, "lock"))
		h.Write("/status", "1\n")
		tx := manager.Transaction{Remove: []manager.Name{"tree"}}
		if _, err := (manager.Dnf{}).ReadCommit(run(manager.Dnf{}.Commit(tx))); err == nil || err.Error() != "rpm's database is locked by another process" {
			t.Error(err)
		}
		called(t, h)
		hold := manager.Transaction{Hold: []manager.Name{"tree"}}
		if _, err := (manager.Dnf{}).ReadPreview(hold, run(manager.Dnf{}.Preview(hold))); err == nil || err.Error() != "packages can't be held with dnf 5" {
			t.Error(err)
		}
		h.Write("/said", "")
		h.Write("/complaint", " >>> Curl error (6): Could not resolve hostname for https://x [Could not resolve host: mirrors.example.org]\n")
		if err := (manager.Dnf{}).ReadRefresh(run(manager.Dnf{}.Refresh())); err == nil || err.Error() != "the host can't resolve mirrors.example.org" {
			t.Error(err)
		}
		h.Write("/status", "0\n")
		if err := (manager.Dnf{}).ReadRefresh(run(manager.Dnf{}.Refresh())); err != nil {
			t.Error(err)
		}
		const refresh = "-y --setopt=*.skip_if_unavailable=0 --refresh makecache\n"
		if got := called(t, h); got != refresh+refresh {
			t.Errorf("called %s", got)
		}
		h.Remove("/bin/dnf5")
		if err := (manager.Dnf{}).ReadRefresh(run(manager.Dnf{}.Refresh())); err == nil || !strings.Contains(err.Error(), "neither version 4 nor 5") {
			t.Error(err)
		}
	})
}
