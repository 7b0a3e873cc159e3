package manager_test

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/manager"
	"hostkit/pkg/manager/apktest"
	"hostkit/pkg/shell"
)

// The scripts of these tests run for real, on every shell, and apk answers as
// pkg/manager/apktest was told.

// onApk runs test on each shell with a host that has the packages of
// testdata/apk/installed.
func onApk(t *testing.T, test func(t *testing.T, h *apktest.Host, run func(shell.Script) shell.Result)) {
	t.Helper()
	for _, by := range apktest.Shells {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			h := apktest.New(t)
			h.Write("/lib/apk/db/installed", apkText(t, "installed"))
			test(t, h, func(s shell.Script) shell.Result { return h.Run(by, s) })
			h.Done()
		})
	}
}

func apkText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/apk/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// entry is a package in apk's database.
func entry(name, version string) string {
	return "C:Q1x=\nP:" + name + "\nV:" + version + "\nA:x86_64\nF:usr\nR:" + name + "\nZ:Q1y=\n\n"
}

func TestApkInstalledOnTheHost(t *testing.T) {
	onApk(t, func(t *testing.T, h *apktest.Host, run func(shell.Script) shell.Result) {
		want := manager.Inventory{
			Versions: map[string]string{"musl": "1.1.14-r10", "busybox": "1.24.2-r9", "zlib": "1.2.8-r2", "ada-libs": "2.7.4-r0"},
			Broken:   map[string]string{}, Held: map[string]bool{"zlib": true},
		}
		h.Write("/etc/apk/world", "musl\nzlib=1.2.8-r2") // without a last line end
		look := func() manager.Inventory {
			t.Helper()
			got, err := manager.Apk{}.ReadInstalled(run(manager.Apk{}.Installed()))
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		if diff := cmp.Diff(want, look()); diff != "" {
			t.Error(diff)
		}
		h.Write("/usr/lib/apk/db/installed", apkText(t, "installed-broken"))
		h.Remove("/lib/apk")
		h.Remove("/etc/apk/world")
		want.Broken["zlib"], want.Held = "broken-files", map[string]bool{}
		delete(want.Versions, "zlib")
		if diff := cmp.Diff(want, look()); diff != "" {
			t.Error(diff)
		}
		h.Write("/usr/lib/apk/db/installed", "")
		if got := look(); len(got.Versions) != 0 {
			t.Errorf("%+v", got)
		}
		h.Remove("/usr/lib/apk")
		if _, err := (manager.Apk{}).ReadInstalled(run(manager.Apk{}.Installed())); err == nil {
			t.Error("a host without a database was taken")
		}
		h.Remove("/bin/apk")
		if r := run(manager.Apk{}.Installed()); r.Status != manager.NotHere || len(r.Stdout) != 0 {
			t.Errorf("without apk: %+v", r)
		}
	})
}

// A fresh container has no index; whether there is one is seen without apk.
func TestApkIndexOnTheHost(t *testing.T) {
	onApk(t, func(t *testing.T, h *apktest.Host, run func(shell.Script) shell.Result) {
		look := func(asks ...manager.Ask) manager.Index {
			t.Helper()
			index, err := manager.Apk{}.ReadIndex(asks, run(manager.Apk{}.Index(asks)))
			if err != nil {
				t.Fatal(err)
			}
			return index
		}
		gmp := manager.Ask{Names: []manager.Name{"gmp-dev", "mail-agent"}}
		if index := look(gmp); index.Present || index.Candidates != nil {
			t.Errorf("without an index: %+v", index)
		}
		h.Write("/media/apks/x86_64/APKINDEX.tar.gz", "x")
		h.Write("/etc/apk/repositories.d/cd.list", "@cd "+h.Path("/media/apks")+"\n")
		if index := look(); !index.Present || index.Fetched != "" {
			t.Errorf("a repository that is a folder: %+v", index)
		}
		h.Remove("/media/apks")
		for i, name := range []string{"066df28d", "b53994b4", "0a1b2c3d"} {
			h.Write("/var/cache/apk/APKINDEX."+name+".tar.gz", "x")
			fetched := time.Unix([]int64{900000000, 1795400000, 1000000000}[i], 0)
			if err := os.Chtimes(h.Path("/var/cache/apk/APKINDEX."+name+".tar.gz"), fetched, fetched); err != nil {
				t.Fatal(err)
			}
		}
		if index := look(); !index.Present || index.Fetched != "1795400000" {
			t.Errorf("indexes in the cache: %+v", index)
		}
		zlib := manager.Ask{Names: []manager.Name{"zlib"}, Version: "1.2.8-r2"}
		if index := look(zlib, manager.Ask{Names: []manager.Name{"none", "musl"}}); index.Candidates != nil {
			t.Errorf("apk was asked about what is installed: %+v", index)
		}
		h.Expect(
			apktest.Call{Args: "policy gmp-dev mail-agent zlib", Stdout: apkText(t, "policy-two-repositories")},
			apktest.Call{Args: "list --providers mail-agent zlib", Stdout: apkText(t, "written-providers")},
		)
		index := look(gmp, zlib)
		if index.Candidates["gmp-dev"] != "6.2.1-r0" || !cmp.Equal(index.Providers, map[string][]string{"mail-agent": {"exim", "ssmtp"}}) {
			t.Errorf("%+v", index)
		}
		// Each of these makes apk be asked.
		for _, ask := range []manager.Ask{
			{Names: []manager.Name{"zlib"}, Version: "1.2.8-r20"},
			{Names: []manager.Name{"zlib"}, Version: "1.2.8-r"},
			{Names: []manager.Name{"zlib"}, Latest: true},
			{Names: []manager.Name{"zli"}},
		} {
			name := string(ask.Names[0])
			h.Expect(apktest.Call{Args: "policy " + name, Stdout: name + " policy:\n  1.2.8-r3:\n    https://x\n"})
			if index := look(ask); index.Candidates[name] != "1.2.8-r3" {
				t.Errorf("%+v: %+v", ask, index)
			}
		}
		h.Expect(apktest.Call{Args: "policy gmp-dev mail-agent", Stderr: apkText(t, "database"), Status: 99})
		if _, err := (manager.Apk{}).ReadIndex(nil, run(manager.Apk{}.Index([]manager.Ask{gmp}))); err == nil || !strings.Contains(err.Error(), "can't read its database") {
			t.Errorf("%v", err)
		}
	})
}

var apkTx = manager.Transaction{
	Install: []manager.Want{{Name: "curl"}, {Name: "musl", Version: "1.1.14-r9"}, {Name: "tree", Version: "2.1.1-r0"}},
	Remove:  []manager.Name{"zlib"},
	Release: []manager.Name{"busybox", "musl"},
	Hold:    []manager.Name{"tree", "ada-libs"},
}

const apkWorld = "musl=1.1.14-r10 busybox=1.24.2-r9\nzlib ada-libs@edge\ntree@edge"

func TestApkPreviewOnTheHost(t *testing.T) {
	onApk(t, func(t *testing.T, h *apktest.Host, run func(shell.Script) shell.Result) {
		h.Write("/etc/apk/world", apkWorld)
		preview := func(tx manager.Transaction, call apktest.Call) (manager.Effect, error) {
			t.Helper()
			h.Expect(call)
			return manager.Apk{}.ReadPreview(tx, run(manager.Apk{}.Preview(tx)))
		}
		said := "(1/3) Purging zlib (1.2.8-r2)\n(2/3) Downgrading musl (1.1.14-r10 -> 1.1.14-r9)\n(3/4) Installing curl (8.9-r0)\n(4/4) Installing tree@edge (2.1.1-r0)\nOK: 8 MiB in 15 packages\n"
		got, err := preview(apkTx, apktest.Call{Args: "add --simulate curl musl=1.1.14-r9 tree@edge=2.1.1-r0 busybox !zlib", Stdout: said})
		if err != nil || len(got.Installs) != 2 || len(got.Removes) != 1 || len(got.Downgrades) != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err = preview(manager.Transaction{Remove: []manager.Name{"zlib"}}, apktest.Call{Args: "del --simulate zlib", Stdout: said}); err != nil {
			t.Error(err)
		}
		// Nothing is to be had of apk about a hold.
		hold := manager.Transaction{Hold: []manager.Name{"zlib"}}
		if got, err = (manager.Apk{}).ReadPreview(hold, run(manager.Apk{}.Preview(hold))); err != nil || got.Installs != nil {
			t.Errorf("%+v, %v", got, err)
		}
		_, err = preview(manager.Transaction{Install: []manager.Want{{Name: "none"}}}, apktest.Call{
			Args: "add --simulate none", Stderr: strings.ReplaceAll(apkText(t, "no-such-package"), "fastfetch", "none"), Status: 2,
		})
		if err == nil || err.Error() != "apk has no package none" {
			t.Error(err)
		}
	})
}

const apkOK = "OK: 8 MiB in 15 packages\n"

// A version that was asked for is let go of afterwards, a hold is written, and the
// conflict that stood for a removal is taken out again.
func TestApkCommitOnTheHost(t *testing.T) {
	onApk(t, func(t *testing.T, h *apktest.Host, run func(shell.Script) shell.Result) {
		h.Write("/etc/apk/world", apkWorld)
		after := entry("musl", "1.1.14-r9") + entry("busybox", "1.24.2-r9") + entry("ada-libs", "2.7.4-r0") + entry("curl", "8.9-r0") + entry("tree", "2.1.1-r0")
		const words = "curl musl=1.1.14-r9 tree@edge=2.1.1-r0 busybox !zlib"
		h.Expect(
			apktest.Call{Args: "add --simulate " + words, Stdout: "( 1/12) Purging zlib (1.2.8-r2)\n(12/12) Downgrading musl (1.1.14-r10 -> 1.1.14-r9)\n" + apkOK},
			apktest.Call{Args: "add --cache-max-age 5256000 " + words, Stdout: apkOK, Leaves: map[string]string{"/lib/apk/db/installed": after}},
			apktest.Call{Args: "add --no-network musl tree@edge=2.1.1-r0 ada-libs@edge=2.7.4-r0", Stdout: apkOK},
			apktest.Call{Args: "del --no-network zlib", Stdout: apkOK},
		)
		got, err := manager.Apk{}.ReadCommit(run(manager.Apk{}.Commit(apkTx)))
		want := manager.Effect{
			Installs:   []manager.Package{{Name: "curl", Version: "8.9-r0"}, {Name: "tree", Version: "2.1.1-r0"}},
			Downgrades: []manager.Package{{Name: "musl", Version: "1.1.14-r9", From: "1.1.14-r10"}},
			Removes:    []manager.Package{{Name: "zlib", From: "1.2.8-r2"}},
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}

func TestApkHoldsAndReleasesOnTheHost(t *testing.T) {
	onApk(t, func(t *testing.T, h *apktest.Host, run func(shell.Script) shell.Result) {
		h.Write("/etc/apk/world", apkWorld)
		for _, step := range []struct {
			tx    manager.Transaction
			calls []string
		}{
			{
				manager.Transaction{Hold: []manager.Name{"ada-libs", "not-there"}},
				[]string{"add --no-network ada-libs@edge=2.7.4-r0"},
			},
			{
				manager.Transaction{Release: []manager.Name{"busybox"}},
				[]string{"add --simulate busybox", "add --cache-max-age 5256000 busybox"},
			},
			{
				manager.Transaction{Release: []manager.Name{"musl"}, Remove: []manager.Name{"musl"}},
				[]string{"del --simulate musl", "del --cache-max-age 5256000 musl"},
			},
			{
				manager.Transaction{
					Install: []manager.Want{{Name: "zlib", Version: "1.2.8-r3"}},
					Release: []manager.Name{"zlib"}, Hold: []manager.Name{"zlib"},
				},
				[]string{"add --simulate zlib=1.2.8-r3", "add --cache-max-age 5256000 zlib=1.2.8-r3", "add --no-network zlib=1.2.8-r2"},
			},
		} {
			for _, args := range step.calls {
				h.Expect(apktest.Call{Args: args, Stdout: apkOK})
			}
			got, err := manager.Apk{}.ReadCommit(run(manager.Apk{}.Commit(step.tx)))
			if err != nil || got.Installs != nil || got.Upgrades != nil || got.Removes != nil {
				t.Errorf("%+v: %+v, %v", step.tx, got, err)
			}
			h.Done()
		}
	})
}

// What a simulation right before the transaction would take away, and nobody has
// named, is not done.
func TestApkCommitTakesAwayNothingMore(t *testing.T) {
	onApk(t, func(t *testing.T, h *apktest.Host, run func(shell.Script) shell.Result) {
		for line, want := range map[string]string{
			"(1/2) Purging musl (1.1.14-r10)":                        "it would remove a package that the plan does not name: musl",
			"( 2/12) Downgrading zlib@edge (1.2.8-r2 -> 1.2.7-r0)":   "it would downgrade a package that the plan does not name: zlib",
			"(1/1) Downgrading busybox (1.24.2-r9 -> 1.24.1-r0)":     "it would downgrade a package that the plan does not name: busybox",
			"(1/2) Purging ada-libs-dev (1-r0)\n(2/2) Purging x (1)": "it would remove a package that the plan does not name: ada-libs-dev",
		} {
			h.Expect(apktest.Call{Args: "add --simulate busybox !ada-libs", Stdout: line + "\n" + apkOK})
			tx := manager.Transaction{Install: []manager.Want{{Name: "busybox"}}, Remove: []manager.Name{"ada-libs"}}
			got, err := manager.Apk{}.ReadCommit(run(manager.Apk{}.Commit(tx)))
			if err == nil || err.Error() != want || got.Removes != nil {
				t.Errorf("%s: %+v, %v", line, got, err)
			}
		}
	})
}

// What fails is told, with what has changed all the same; nothing is done after.
func TestApkCommitThatFails(t *testing.T) {
	onApk(t, func(t *testing.T, h *apktest.Host, run func(shell.Script) shell.Result) {
		h.Expect(
			apktest.Call{Args: "add --simulate jobber=1.3.4-r0", Stdout: "(1/1) Installing jobber (1.3.4-r0)\n" + apkOK},
			apktest.Call{
				Args: "add --cache-max-age 5256000 jobber=1.3.4-r0", Stdout: apkText(t, "script"), Status: 1,
				Leaves: map[string]string{"/lib/apk/db/installed": apkText(t, "installed") + strings.Replace(entry("jobber", "1.3.4-r0"), "F:", "f:s\nF:", 1)},
			},
		)
		tx := manager.Transaction{Install: []manager.Want{{Name: "jobber", Version: "1.3.4-r0"}}}
		got, err := manager.Apk{}.ReadCommit(run(manager.Apk{}.Commit(tx)))
		want := manager.Effect{Installs: []manager.Package{{Name: "jobber", Version: "1.3.4-r0", State: "broken-script"}}}
		if diff := cmp.Diff(want, got); diff != "" || err == nil || !strings.Contains(err.Error(), "post-install script ended with status 1") {
			t.Error(diff, err)
		}
	})
}

// A transaction waits for the lock by trying again, simulation and all: what was
// there before is what the other one has left.
func TestApkCommitWaitsForAnother(t *testing.T) {
	onApk(t, func(t *testing.T, h *apktest.Host, run func(shell.Script) shell.Result) {
		installed := apkText(t, "installed")
		h.Expect(
			apktest.Call{Args: "add --simulate curl", Stdout: apkOK},
			apktest.Call{
				Args: "add --cache-max-age 5256000 curl", Stderr: apkText(t, "locked"), Status: 99,
				Leaves: map[string]string{"/lib/apk/db/installed": installed + entry("tree", "2.1.1-r0")},
			},
			apktest.Call{Args: "add --simulate curl", Stdout: apkOK},
			apktest.Call{
				Args: "add --cache-max-age 5256000 curl", Stdout: apkOK,
				Leaves: map[string]string{"/lib/apk/db/installed": installed + entry("tree", "2.1.1-r0") + entry("curl", "8.9-r0")},
			},
		)
		tx := manager.Transaction{Install: []manager.Want{{Name: "curl"}}}
		got, err := manager.Apk{}.ReadCommit(run(manager.Apk{}.Commit(tx)))
		want := manager.Effect{Installs: []manager.Package{{Name: "curl", Version: "8.9-r0"}}}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}

func TestApkRefreshOnTheHost(t *testing.T) {
	onApk(t, func(t *testing.T, h *apktest.Host, run func(shell.Script) shell.Result) {
		h.Expect(
			apktest.Call{Args: "update", Stderr: apkText(t, "locked-3"), Status: 99},
			apktest.Call{Args: "update", Stdout: apkText(t, "update")},
			apktest.Call{Args: "update", Stdout: apkText(t, "update-unreachable"), Status: 2},
		)
		if err := (manager.Apk{}).ReadRefresh(run(manager.Apk{}.Refresh())); err != nil {
			t.Error(err)
		}
		if err := (manager.Apk{}).ReadRefresh(run(manager.Apk{}.Refresh())); err == nil || !strings.Contains(err.Error(), "can't reach its package repository") {
			t.Error(err)
		}
	})
}

// The holder of the lock is named once there is no time left to wait.
func TestApkNamesTheHolderOfTheLock(t *testing.T) {
	for _, by := range apktest.Shells {
		h := apktest.New(t)
		lock, err := os.Open(h.Path("/lib/apk/db/lock"))
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
			t.Fatal(err)
		}
		h.Expect(apktest.Call{Args: "update", Stderr: apkText(t, "locked"), Status: 99})
		r := h.RunText(by, strings.Replace(manager.Apk{}.Refresh().String(), "set -- '300'", "set -- '0'", 1))
		comm, err := os.ReadFile("/proc/self/comm")
		if err != nil {
			t.Fatal(err)
		}
		want := h.Path("/lib/apk/db/lock") + " is held by process "
		got := manager.Apk{}.ReadRefresh(r)
		if got == nil || !strings.HasPrefix(got.Error(), want) || !strings.HasSuffix(got.Error(), "("+strings.TrimSpace(string(comm))+")") {
			t.Errorf("%s: %v", by, got)
		}
		h.Done()
		if err := lock.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
