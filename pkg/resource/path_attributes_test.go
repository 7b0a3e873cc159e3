package resource

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

func statOf(t testing.TB, p string) string {
	t.Helper()
	var s syscall.Stat_t
	mustDo(t, syscall.Lstat(p, &s))
	return fmt.Sprintf("%04o %d:%d", s.Mode&0o7777, s.Uid, s.Gid)
}

func noTemp(t testing.TB, folder string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(folder, ".hostkit*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, error %v", left, err)
	}
}

// Debian's own accounts: daemon is 1:1, bin 2:2.
func TestOwnerAndMode(t *testing.T) {
	needRoot(t)
	cases := []struct {
		name       string
		kind, spec string
		// old is the mode and owner of what is there; "" for nothing.
		old  string
		want string
	}{
		{"new file", "file", `{"content":"x"}`, "", "0644 0:0"},
		{"new file with all", "file", `{"content":"x","mode":"4755","owner":"daemon","group":"bin"}`, "", "4755 1:2"},
		{"new file with a group", "file", `{"content":"x","group":"bin"}`, "", "0644 0:2"},
		{"new file with numbers", "file", `{"content":"x","owner":"4711","group":"4712"}`, "", "0644 4711:4712"},
		{"unmanaged is kept", "file", `{"content":"x"}`, "4750 1:2", "4750 1:2"},
		{"unmanaged mode 0 is kept", "file", `{"content":"x"}`, "0000 4711:2", "0000 4711:2"},
		{"owner alone", "file", `{"content":"x","owner":"bin"}`, "6755 1:1", "6755 2:1"},
		{"group alone", "file", `{"content":"x","group":"bin"}`, "0640 1:1", "0640 1:2"},
		{"mode alone", "file", `{"content":"x","mode":"0600"}`, "4755 1:1", "0600 1:1"},
		{"only the mode differs", "file", `{"content":"old","mode":"0600"}`, "4755 1:1", "0600 1:1"},
		{"only the owner differs", "file", `{"content":"old","owner":"bin"}`, "6755 1:1", "6755 2:1"},
		{"only the group differs", "file", `{"content":"old","group":"2"}`, "2755 1:1", "2755 1:2"},
		{"new folder", "directory", `{}`, "", "0755 0:0"},
		{"new folder with all", "directory", `{"mode":"3770","owner":"daemon","group":"bin"}`, "", "3770 1:2"},
		{"folder's mode", "directory", `{"mode":"0755"}`, "2777 1:1", "0755 1:1"},
		{"folder's owner", "directory", `{"owner":"bin"}`, "2770 1:1", "2770 2:1"},
		{"new link", "symlink", `{"to":"x","owner":"bin","group":"daemon"}`, "", "0777 2:1"},
		{"unmanaged owner of a link", "symlink", `{"to":"y"}`, "0777 1:2", "0777 1:2"},
		{"link's owner", "symlink", `{"to":"old","owner":"bin"}`, "0777 1:1", "0777 2:1"},
	}
	onEachShell(t, func(t *testing.T, h *testHost) {
		for _, c := range cases {
			root := t.TempDir()
			// Linux gives what is new in a setgid folder the folder's bit.
			mustDo(t, syscall.Chmod(root, 0o2755))
			p := filepath.Join(root, "p")
			if c.old != "" {
				lay(t, c.kind, p, c.old)
			}
			h.converge(resourceOf(c.kind, p, doc.Present, c.spec))
			if got := statOf(t, p); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
			noTemp(t, root)
		}
	})
}

// lay makes what is there before.
func lay(t testing.TB, kind, p, modeAndOwner string) {
	t.Helper()
	var mode uint32
	var uid, gid int
	if _, err := fmt.Sscanf(modeAndOwner, "%o %d:%d", &mode, &uid, &gid); err != nil {
		t.Fatal(err)
	}
	switch kind {
	case "file":
		write(t, p, "old", 0o600)
	case "directory":
		mustDo(t, os.Mkdir(p, 0o700))
	case "symlink":
		mustDo(t, os.Symlink("old", p), os.Lchown(p, uid, gid))
		return
	}
	mustDo(t, os.Chown(p, uid, gid), syscall.Chmod(p, mode))
}

func TestUnknownAccounts(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		for member, want := range map[string]string{
			"owner": "owner no one: no such user", "group": "group no one: no such group",
		} {
			for kind, spec := range map[string]string{
				"file": `{"content":"x",%q:"no one"}`, "directory": `{%q:"no one"}`, "symlink": `{"to":"x",%q:"no one"}`,
			} {
				root := t.TempDir()
				p := filepath.Join(root, "p")
				r := resourceOf(kind, p, doc.Present, fmt.Sprintf(spec, member))
				handle := map[string]string{"owner": "user:no one", "group": "group:no one"}[member]
				if lacks := h.survey(r).Observed[r.Address].Lacks; len(lacks) != 1 || lacks[0] != handle {
					t.Errorf("%s with %s: lacks %q", kind, member, lacks)
				}
				if err := h.make(h.mustPlan(r)); err == nil || err.Error() != want {
					t.Errorf("%s with %s: error %v", kind, member, err)
				}
				if left, _ := os.ReadDir(root); len(left) > 0 {
					t.Errorf("%s with %s leaves %v", kind, member, left)
				}
			}
		}
	})
}

// Extended attributes go along with a file that is replaced; a host without a
// tool that can carry them refuses, as far as it can see them.
func TestAttributesAreCarriedOver(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		if toolsHave(h, "cp", "GNU") {
			carriesOver(t, h)
		}
	})
}

func toolsHave(h *testHost, command, word string) bool {
	r := h.run(shell.Step{Script: shell.New(`"$1" --version`, command)})[0]
	return strings.Contains(string(r.Stdout), word)
}

// readersACL gives the user daemon (1) read access beside rw-r--r--, as
// system.posix_acl_access holds it: version 2, then tag, permissions and id.
var readersACL = []byte{
	2, 0, 0, 0,
	0x01, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
	0x02, 0, 4, 0, 1, 0, 0, 0,
	0x04, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
	0x10, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
	0x20, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
}

func carriesOver(t *testing.T, h *testHost) {
	p := filepath.Join(t.TempDir(), "p")
	write(t, p, "old", 0o644)
	mustDo(t, syscall.Setxattr(p, "user.note", []byte("mine"), 0), syscall.Setxattr(p, "system.posix_acl_access", readersACL, 0))
	h.converge(resourceOf("file", p, doc.Present, `{"content":"x"}`))
	for name, want := range map[string]string{"user.note": "mine", "system.posix_acl_access": string(readersACL)} {
		value := make([]byte, 256)
		n, err := syscall.Getxattr(p, name, value)
		if err != nil || string(value[:n]) != want {
			t.Errorf("%s is %q, error %v", name, value[:max(n, 0)], err)
		}
	}
}

// BusyBox can't carry anything over; tools from elsewhere may at least show it.
func TestAttributesThatCannotBeCarriedOver(t *testing.T) {
	for tool, want := range map[string]string{
		"getfacl":  "has an ACL, which this host has no tool to carry over",
		"getfattr": "has extended attributes, which this host has no tool to carry over",
	} {
		folder := shellFolder(t, "busybox")
		mustDo(t, os.WriteFile(filepath.Join(folder, tool), []byte("#!/bin/sh\necho something\n"), 0o755))
		h := newTestHostIn(t, "busybox", folder)
		root := t.TempDir()
		p := filepath.Join(root, "p")
		write(t, p, "old", 0o644)
		if err := h.make(h.mustPlan(resourceOf("file", p, doc.Present, `{"content":"x"}`))); err == nil || err.Error() != want {
			t.Errorf("%s: error %v", tool, err)
		}
		noTemp(t, root)
	}
}

// A default ACL of the folder opens what is made in it, whatever the umask.
func TestDefaultACLDoesNotOpenWhatIsNotYetDressed(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		root := t.TempDir()
		if err := syscall.Setxattr(root, "system.posix_acl_default", readersACL, 0); err != nil {
			t.Skipf("the file system has no ACL: %v", err)
		}
		p := filepath.Join(root, "p")
		none := strings.TrimPrefix(string(digestOf(nil)), "sha256:")
		mode := h.mustRun(`seen=$1/seen; dd() { stat -L -c %a /proc/self/fd/3 >"$seen"; }
hk_put "$2" "$1" 0 "$3" "" "" 0644; cat "$seen"`, root, p, none)
		if got := statOf(t, p); mode != "600\n" || got[:4] != "0644" {
			t.Errorf("mode %q while it is written, then %s", mode, got)
		}
	})
}

func TestFullDisk(t *testing.T) {
	needRoot(t)
	onEachNamespace(t, func(t *testing.T, h *testHost, root string) {
		h.mustRun(`mount -t tmpfs -o size=64k none "$1" && echo old >"$1/f" && chmod 0640 "$1/f"`, root)
		big := fileSpecOf(make([]byte, 1<<20), "")
		for _, name := range []string{"f", "new"} {
			p := filepath.Join(root, name)
			c := h.mustPlan(resourceOf("file", p, doc.Present, big))
			if err := h.make(c); err == nil || err.Error() != "no space left on device" {
				t.Errorf("%s: error %v", name, err)
			}
		}
		if got := h.mustRun(`cd "$1" && ls -A && cat f && stat -c %a f`, root); got != "f\nold\n640\n" {
			t.Errorf("left behind: %q", got)
		}
	})
}

func TestReadOnlyFileSystem(t *testing.T) {
	needRoot(t)
	onEachNamespace(t, func(t *testing.T, h *testHost, root string) {
		h.mustRun(`mount -t tmpfs none "$1" && echo old >"$1/f" && mkdir "$1/d" && ln -s x "$1/l" && mount -o remount,ro "$1"`, root)
		for _, r := range []doc.Resource{
			resourceOf("file", root+"/f", doc.Present, `{"content":"x"}`),
			resourceOf("file", root+"/f", doc.Absent, ``),
			resourceOf("directory", root+"/d", doc.Present, `{"mode":"0711"}`),
			resourceOf("directory", root+"/e", doc.Present, ``),
			resourceOf("directory", root+"/d", doc.Absent, ``),
			resourceOf("symlink", root+"/l", doc.Present, `{"to":"y"}`),
			resourceOf("symlink", root+"/l", doc.Absent, ``),
		} {
			if err := h.make(h.mustPlan(r)); err == nil || err.Error() != "read-only file system" {
				t.Errorf("%s %s: error %v", r.Address, r.State, err)
			}
		}
	})
}

// A container's /etc/hosts is a mount of its own: it can't be renamed over.
func TestMountPoints(t *testing.T) {
	needRoot(t)
	onEachNamespace(t, func(t *testing.T, h *testHost, root string) {
		h.mustRun(`cd "$1" && echo old >'a b\' && echo old >other && mkdir d`, root)
		p, d := root+`/a b\`, root+"/d"
		rs := []doc.Resource{
			resourceOf("file", p, doc.Present, `{"content":"x"}`),
			resourceOf("file", p, doc.Absent, ""),
			resourceOf("directory", d, doc.Absent, ""),
		}
		var planned []doc.Change
		for _, r := range rs {
			planned = append(planned, h.mustPlan(r))
		}
		h.mustRun(`cd "$1" && mount --bind other 'a b\' && mount -t tmpfs none d`, root)
		for i, r := range rs {
			if _, err := h.plan(r); code(err) != "mount_point" {
				t.Errorf("%s %s: plan's error %v", r.Address, r.State, err)
			}
			if err := h.make(planned[i]); err == nil || err.Error() != "is a mount point, which cannot be replaced" {
				t.Errorf("%s %s: step's error %v", r.Address, r.State, err)
			}
		}
		h.converge(resourceOf("file", p, doc.Present, `{"content":"old\n","mode":"0640"}`))
		if got := h.mustRun(`cd "$1" && ls -A`, root); got != "a b\\\nd\nother\n" {
			t.Errorf("left behind: %q", got)
		}
	})
}

// onEachNamespace runs test in a mount namespace of its own.
func onEachNamespace(t *testing.T, test func(t *testing.T, h *testHost, root string)) {
	t.Helper()
	for _, name := range wantedShells() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newTestHost(t, name, "unshare", "--mount"), t.TempDir())
		})
	}
}

// mustRun runs a script that must succeed and returns what it prints.
func (h *testHost) mustRun(script string, args ...string) string {
	h.t.Helper()
	r := h.run(shell.Step{Script: shell.New(`script=$1; shift; eval "$script"`, append([]string{script}, args...)...)})[0]
	if r.Status != 0 {
		h.t.Fatalf("%s: status %d, stderr %q", script, r.Status, r.Stderr)
	}
	return string(r.Stdout)
}

func code(err error) string {
	switch err := err.(type) {
	case *Refusal:
		return err.Code
	case *doc.FactError:
		return err.Code
	}
	return ""
}
