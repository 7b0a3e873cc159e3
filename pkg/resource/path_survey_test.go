package resource

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// layout makes one of everything that can stand at a path, and returns a resource
// of every kind for each.
func layout(t testing.TB, root string) []doc.Resource {
	t.Helper()
	mustDo(t, os.Mkdir(root+"/folder", 0o755), os.Mkdir(root+"/full", 0o700), os.Symlink("folder", root+"/way"),
		os.Symlink("nowhere", root+"/dangling"), os.Symlink("loop", root+"/loop"), syscall.Mkfifo(root+"/fifo", 0o644),
		syscall.Mknod(root+"/socket", syscall.S_IFSOCK|0o644, 0))
	write(t, root+"/file", "text\n", 0o644)
	write(t, root+"/full/file", "hidden\n", 0o644)
	write(t, root+"/folder/file", "other text\n", 0o644)
	write(t, root+"/private", "secret\n", 0o640)
	write(t, root+"/sensitive", "secret\n", 0o644)
	write(t, root+"/binary", "\xff\xfe", 0o644)
	write(t, root+"/large", strings.Repeat("x", 65537), 0o644)
	write(t, root+"/twice", "two names\n", 0o644)
	mustDo(t, os.Link(root+"/twice", root+"/again"))
	var rs []doc.Resource
	for _, name := range []string{
		"folder", "full", "way", "dangling", "loop", "fifo", "socket", "file", "full/file", "folder/file", "private", "sensitive",
		"binary", "large", "twice", "missing", "missing/below/it", "file/below", "way/file", "dangling/below", "way/missing",
	} {
		sensitive := ""
		if name == "sensitive" {
			sensitive = `,"sensitive":true`
		}
		p := filepath.Join(root, name)
		rs = append(rs,
			resourceOf("file", p, doc.Present, `{"content":""`+sensitive+`}`),
			resourceOf("directory", p, doc.Absent, ``),
			resourceOf("symlink", p, doc.Present, `{"to":"x"}`))
	}
	return rs
}

func TestSurvey(t *testing.T) {
	needRoot(t)
	digest := func(s string) string { return `"digest":"` + string(digestOf([]byte(s))) + `"` }
	text := func(size int, s string) string {
		return fmt.Sprintf(`"type":"file","mode":"0644","size":%d,%s,"content":%q`, size, digest(s), s)
	}
	want := map[string]string{
		"file:folder":            `{"state":"present","type":"directory","mode":"0755"}`,
		"directory:folder":       `{"state":"present","type":"directory","mode":"0755","empty":false,"entries":["file"],"entry_count":1}`,
		"directory:full":         `{"state":"present","type":"directory","mode":"0700","empty":false,"entries":["file"],"entry_count":1}`,
		"symlink:way":            `{"state":"present","type":"symlink","to":"folder"}`,
		"file:way":               `{"state":"present","type":"symlink","to":"folder"}`,
		"symlink:dangling":       `{"state":"present","type":"symlink","to":"nowhere"}`,
		"directory:loop":         `{"state":"present","type":"symlink","to":"loop"}`,
		"file:fifo":              `{"state":"present","type":"fifo","mode":"0644"}`,
		"file:socket":            `{"state":"present","type":"socket","mode":"0644"}`,
		"file:file":              `{"state":"present",` + text(5, "text\n") + `}`,
		"directory:file":         `{"state":"present","type":"file","mode":"0644","size":5}`,
		"file:full/file":         `{"state":"present","type":"file","mode":"0644","size":7,` + digest("hidden\n") + `}`,
		"file:private":           `{"state":"present","type":"file","mode":"0640","size":7,` + digest("secret\n") + `}`,
		"file:sensitive":         `{"state":"present","type":"file","mode":"0644","size":7,` + digest("secret\n") + `}`,
		"file:binary":            `{"state":"present","type":"file","mode":"0644","size":2,` + digest("\xff\xfe") + `}`,
		"file:large":             `{"state":"present","type":"file","mode":"0644","size":65537,` + digest(strings.Repeat("x", 65537)) + `}`,
		"file:twice":             `{"state":"present",` + text(10, "two names\n") + `,"hard_links":2}`,
		"file:missing":           `{"state":"absent"}`,
		"file:missing/below/it":  `{"state":"absent","lacks":["path:R/missing/below"]}`,
		"file:file/below":        `{"state":"absent","lacks":["path:R/file"]}`,
		"symlink:dangling/below": `{"state":"absent","lacks":["path:R/dangling"]}`,
		"file:way/file": `{"state":"present","type":"file","mode":"0644","size":11,` + digest("other text\n") +
			`,"real_parent":"R/folder"}`,
		"file:way/missing": `{"state":"absent","real_parent":"R/folder"}`,
	}
	onEachShell(t, func(t *testing.T, h *testHost) {
		root := publicFolder(t)
		rs := layout(t, root)
		before := snapshot(t, root, true)
		facts := h.survey(rs...)
		if diff := cmp.Diff(before, snapshot(t, root, true)); diff != "" {
			t.Errorf("looking changed (-before +after):\n%s", diff)
		}
		if len(facts.Observed) != len(rs) {
			t.Errorf("%d observations of %d resources", len(facts.Observed), len(rs))
		}
		for address, expected := range want {
			kind, name, _ := strings.Cut(address, ":")
			got := jsonOf(facts.Observed[doc.NewAddress(kind, filepath.Join(root, name))])
			if strings.Contains(expected, `"present"`) {
				expected = strings.TrimSuffix(expected, "}") + `,"owner":"root","group":"root","uid":0,"gid":0}`
			}
			if diff := cmp.Diff(members(t, strings.ReplaceAll(expected, "R/", root+"/")), members(t, got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", address, diff)
			}
		}
	})
}

func members(t testing.TB, text string) map[string]any {
	t.Helper()
	var m map[string]any
	mustDo(t, json.Unmarshal([]byte(text), &m))
	return m
}

// Without root some paths can't be looked at; only they suffer.
func TestSurveyWithoutPermission(t *testing.T) {
	needRoot(t)
	for _, name := range wantedShells() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestHost(t, name, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
			root := publicFolder(t)
			layout(t, root)
			rs := map[string]doc.Resource{
				"permission_denied": resourceOf("file", root+"/full/file", doc.Present, `{"content":""}`),
				"unreadable":        resourceOf("file", root+"/private", doc.Present, `{"content":""}`),
				"below":             resourceOf("directory", root+"/full/a/b", doc.Present, ``),
				"":                  resourceOf("file", root+"/file", doc.Present, `{"content":""}`),
				"type only":         resourceOf("directory", root+"/private", doc.Present, ``),
			}
			facts := h.survey(rs["permission_denied"], rs["unreadable"], rs["below"], rs[""], rs["type only"])
			for name, r := range rs {
				found := facts.Observed[r.Address]
				if denied := name != "" && name != "type only"; (found.Error != nil) != denied {
					t.Errorf("%s: %s", r.Address, jsonOf(found))
				}
				_, err := pathKindOf(r.Kind).Compare(r, World{Facts: facts})
				if want := map[bool]string{true: "permission_denied"}[found.Error != nil]; want != "" && code(err) != want {
					t.Errorf("%s: error %v", r.Address, err)
				}
			}
			c := doc.Change{Address: rs["below"].Address, Kind: "directory", Before: doc.Attributes(`{"state":"absent"}`), After: doc.Attributes(`{"state":"absent"}`)}
			if found := h.recheck(c)[c.Address]; (directories{}).Holds(c.Before, found) {
				t.Errorf("what can't be seen holds: %s", found)
			}
		})
	}
}

// hk-facts hung for ever on a file /proc/kmsg: the kernel calls it a regular
// file, its digest has no end, and what was read was lost to syslog. Wherever
// such a file system is mounted, none of its files is opened.
func TestSurveyOpensNoFileOfTheKernel(t *testing.T) {
	needRoot(t)
	onEachNamespace(t, func(t *testing.T, h *testHost, root string) {
		h.mustRun(`cd "$1" && mkdir jail && mount -t proc proc jail && echo text >plain && touch empty bound &&
mount --bind /proc/kmsg bound && ln -s /proc way`, root)
		systems := map[string]string{
			"/proc/kmsg": "proc", "/proc/cmdline": "proc", root + "/jail/kmsg": "proc", root + "/way/kmsg": "proc",
			root + "/bound": "proc", "/sys/kernel/uevent_seqnum": "sysfs", root + "/plain": "", root + "/empty": "",
		}
		var rs []doc.Resource
		for p := range systems {
			rs = append(rs, resourceOf("file", p, doc.Present, `{"content":"x"}`))
		}
		facts := h.survey(rs...)
		for _, r := range rs {
			found, system := facts.Observed[r.Address], systems[r.Name]
			_, err := files{}.Compare(r, World{Facts: facts})
			switch {
			case system == "" && (found.Error != nil || err != nil):
				t.Errorf("%s: %s, %v", r.Name, jsonOf(found), err)
			case system != "" && (found.Error == nil || code(err) != "kernel_file" || !strings.Contains(err.Error(), "("+system+")")):
				t.Errorf("%s: %s, %v", r.Name, jsonOf(found), err)
			}
		}
	})
}

// One number may have several names, and one name several spellings: none of
// that is a difference.
func TestSpellingsOfAnOwner(t *testing.T) {
	needRoot(t)
	onEachNamespace(t, func(t *testing.T, h *testHost, root string) {
		h.mustRun(`cd "$1" && echo 'root:x:0:0::/:/bin/sh
toor:x:0:0::/:/bin/sh
app:x:4711:4711::/:/bin/sh' >passwd && chmod 644 passwd && mount --bind passwd /etc/passwd &&
touch f && chown 4711:4712 f && touch r`, root)
		file := func(name, owner, group string) doc.Resource {
			return resourceOf("file", root+"/"+name, doc.Present, fmt.Sprintf(`{"content":"","owner":%q,"group":%q}`, owner, group))
		}
		for _, r := range []doc.Resource{file("f", "app", "4712"), file("f", "4711", "4712"), file("r", "toor", "root"), file("r", "root", "0")} {
			if c, err := h.plan(r); c != nil || err != nil {
				t.Errorf("%s: change %s, error %v", r.Spec, jsonOf(c), err)
			}
		}
		h.converge(file("f", "toor", "4711"))
		h.converge(file("r", "app", "0"))
	})
}

// forks runs a step in a process namespace of its own and returns the number of
// processes that were made: there the kernel numbers them one after another.
func (h *testHost) forks(script shell.Script) int {
	h.t.Helper()
	last := func() int {
		n, err := strconv.Atoi(strings.TrimSpace(h.mustRun(`cat /proc/sys/kernel/ns_last_pid`)))
		mustDo(h.t, err)
		return n
	}
	before := last()
	r := h.run(shell.Step{Script: script, Limit: 32 << 20})[0]
	if r.Status != 0 {
		h.t.Fatalf("status %d, stderr %q", r.Status, r.Stderr)
	}
	// The second reading takes two: the step's own shell, and cat.
	return last() - before - 2
}

func TestSurveyOfManyPathsTakesNoMoreProcesses(t *testing.T) {
	needRoot(t)
	const most = 18
	for _, name := range wantedShells() {
		t.Run(name, func(t *testing.T) {
			h := newTestHost(t, name, "unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
			counts := map[int]int{}
			for _, n := range []int{1, 1000} {
				probes, err := files{}.Survey(manyFiles(t, n), Site{})
				if err != nil || len(probes) != 1 {
					t.Fatalf("%d probes for %d files, %v", len(probes), n, err)
				}
				counts[n] = h.forks(probes[0].Script)
			}
			if counts[1000] > counts[1] || counts[1] > most {
				t.Errorf("processes by paths: %v, want at most %d", counts, most)
			}
			t.Logf("processes by paths: %v", counts)
		})
	}
}

func manyFiles(t testing.TB, n int) []doc.Resource {
	root := publicFolder(t)
	var rs []doc.Resource
	for i := range n {
		p := fmt.Sprintf("%s/file %d", root, i)
		write(t, p, "content\n", 0o644)
		rs = append(rs, resourceOf("file", p, doc.Present, `{"content":"","owner":"daemon"}`))
	}
	return rs
}

// Paths that do not fit one look are divided, and each is in exactly one.
func TestLooksAreBounded(t *testing.T) {
	var paths []string
	for i := range 5000 {
		paths = append(paths, "/srv/"+strings.Repeat("x", i%200)+"/"+strconv.Itoa(i))
	}
	all := looks("file", paths, func(p string) bool { return len(p)%2 == 0 }, func(string) []Ownership { return nil })
	var got []string
	budget := 0
	for _, l := range all {
		size := 0
		for _, arg := range slices.Concat(l.paths, l.folders) {
			size += len(arg) + 9
		}
		if size > lookBytes+2*longestPath {
			t.Errorf("a look has %d bytes of arguments", size)
		}
		for i, p := range l.paths {
			if shown := len(p)%2 == 0; shown != (i < l.shown) {
				t.Errorf("%s at %d of %d shown", p, i, l.shown)
			}
		}
		got = append(got, l.paths...)
		budget += l.budget
	}
	slices.Sort(got)
	slices.Sort(paths)
	if !slices.Equal(got, paths) || budget > lookContent || len(all) < 2 {
		t.Errorf("%d paths in %d looks, %d bytes of content", len(got), len(all), budget)
	}
}

func BenchmarkSurveyOf1000Files(b *testing.B) {
	for _, name := range wantedShells() {
		b.Run(name, func(b *testing.B) {
			h := newTestHost(b, name)
			rs := manyFiles(b, 1000)
			for b.Loop() {
				h.survey(rs...)
			}
		})
	}
}
