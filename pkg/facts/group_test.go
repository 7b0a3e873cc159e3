package facts

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// A file system that may hang is never asked, nor what lies below it, nor one
// whose name stat would break into lines.
func TestWhatMayHangIsNotAsked(t *testing.T) {
	raw := fixture(t, "testdata/disks/arch.txt")
	mounts, _, _ := bytes.Cut(raw, []byte{0})
	more := "70 28 0:60 / /srv/line\\012end rw - ext4 /dev/x rw\n" +
		"71 28 0:61 / /srv/\\134040 rw - ext4 /dev/y rw\n" +
		"72 28 0:62 / /a*b%s rw - ext4 /dev/z rw\n" +
		"73 28 0:63 / /mnt/fuse rw - fuse.sshfs x rw\n" +
		"74 28 0:64 / /mnt/fused rw - ext4 /dev/z rw\n" +
		"75 28 0:65 / /mnt/auto rw - autofs x rw\n" +
		"76 75 0:66 / /mnt/auto/ceph rw - ceph x rw\n" +
		"77 28 0:67 / /sys/fs/x rw - tmpfs x rw\n" +
		"78 28 0:68 / /var/lib/docker/overlay2/1/merged rw - overlay overlay rw\n"
	want := []string{
		"/", "/tmp", "/srv/raid", "/srv/with space\\and\ttab", "/data", `/srv/\040`, "/a*b%s", "/mnt/fused",
	}
	onEachKind(t, func(t *testing.T, sh, _ string) {
		tools, mountinfo := shellFolder(t, "busybox"), filepath.Join(t.TempDir(), "mountinfo")
		if err := os.WriteFile(mountinfo, slices.Concat(mounts, []byte("\n"+more)), 0o644); err != nil {
			t.Fatal(err)
		}
		for name, script := range map[string]string{
			"cat":  "exec /bin/cat " + mountinfo + "\n",
			"stat": "shift 4\nprintf '%s\\n' \"$@\"\n",
		} {
			file := filepath.Join(tools, name)
			_ = os.Remove(file)
			if err := os.WriteFile(file, []byte("#!"+sh+"\n"+script), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		r := answer(t, disksGroup{}, sh, tools)
		parts, err := sections(r, 3)
		if err != nil {
			t.Fatal(err)
		}
		asked := strings.Split(strings.TrimSpace(string(parts[2])), "\n")
		if diff := cmp.Diff(want, asked); diff != "" {
			t.Error(diff)
		}
		for _, other := range []string{"autofs", "/sys/fs", "/var/lib/docker"} {
			if bytes.Contains(parts[0], []byte(other)) {
				t.Errorf("%s is listed: %s", other, parts[0])
			}
		}
	})
}

func TestTheLastMountAtAPlaceIsSeen(t *testing.T) {
	facts := read(t, disksGroup{}, shell.Result{Stdout: []byte(
		"1 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n2 1 0:5 / /tmp rw - tmpfs first rw\n3 1 0:6 / /tmp ro - tmpfs second rw\n\x00\x00")})
	if got := facts.Disks.FileSystems["/tmp"]; got.Device != "second" || !slices.Equal(got.Options, []string{"ro"}) {
		t.Errorf("at /tmp is %+v", got)
	}
}

// Lists are cut where they are longer than is kept, and say so.
func TestLongListsAreCut(t *testing.T) {
	lines := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format+"\n", i)
		}
		return b.String()
	}
	units := "systemd 252 (252)\n\x00a.target\n\x00running\n\x000\x00"
	for name, test := range map[string]struct {
		group  Group
		answer string
		count  func(doc.Facts) int
		most   int
	}{
		"accounts": {
			usersGroup{},
			"0\x00" + lines(10_001, "u%d:1:1:::") + "\x000\x00",
			func(f doc.Facts) int { return len(f.Users.Accounts) }, 10_000,
		},
		"members": {
			usersGroup{},
			"0\x00\x000\x00g:1:" + strings.ReplaceAll(lines(1001, "m%d"), "\n", ","),
			func(f doc.Facts) int { return len(f.Users.Groups["g"].Members) }, 1000,
		},
		"mounts": {
			disksGroup{},
			lines(2001, "1 1 0:1 / /m%d rw - ext4 x rw") + "\x00\x00",
			func(f doc.Facts) int { return len(f.Disks.FileSystems) }, 2000,
		},
		"devices": {
			disksGroup{},
			"1 1 0:1 / / rw - ext4 x rw\n\x00" + lines(2001, "d%d\t1\t\t\t\t\t\t\t\t\t") + "\x00",
			func(f doc.Facts) int { return len(f.Disks.Devices) }, 2000,
		},
		"units": {
			systemdGroup{},
			units + lines(5001, "u%d.service static") + "\x000\x00",
			func(f doc.Facts) int { return len(f.Systemd.Units) }, 5000,
		},
		"ports": {
			portsGroup{},
			"little\x00\x00tcp\n" + lines(2001, "0: 0100007F:0016 00000000:0000 0A 0:0 0:0 0 %d 0 1") + "\x00",
			func(f doc.Facts) int { return len(f.Ports.Listening) }, 2000,
		},
		"processes": {
			portsGroup{},
			"little\x00\x00tcp\n0: 0100007F:0016 00000000:0000 0A 0:0 0:0 0 0 0 1\n\x00" + lines(40, "1 %d x"),
			func(f doc.Facts) int { return len(f.Now.Ports[0].Processes) }, 32,
		},
	} {
		t.Run(name, func(t *testing.T) {
			facts := read(t, test.group, shell.Result{Stdout: []byte(test.answer)})
			gathered := gatheredOf(facts)[test.group.Name()]
			if gathered.Error != nil || !gathered.Truncated || gathered.Unread != 0 {
				t.Fatalf("got %+v", gathered)
			}
			if n := test.count(facts); n != test.most {
				t.Errorf("%d are kept, want %d", n, test.most)
			}
		})
	}
}

// A host that says of thousands of sockets that thousands of processes hold each
// of them filled gigabytes.
func TestManyHoldersOfManySocketsTakeLittle(t *testing.T) {
	var b strings.Builder
	b.WriteString("little\x00\x00")
	for _, family := range []string{"tcp", "tcp6", "udp", "udp6"} {
		b.WriteString(family + "\n")
		b.WriteString(strings.Repeat("0: 0100007F:0016 0:0000 0A 0:0 0:0 0 0 0 1\n", 2000))
	}
	b.WriteByte(0)
	for i := range 20_000 {
		fmt.Fprintf(&b, "1 %d p\n", i)
	}
	facts := read(t, portsGroup{}, shell.Result{Stdout: []byte(b.String())})
	if len(facts.Now.Ports) != 2 || len(facts.Now.Ports[0].Processes) != 32 || !facts.Ports.Truncated {
		t.Errorf("%d sockets, %+v", len(facts.Now.Ports), facts.Ports.Gathered)
	}
}

// The line in which an answer was cut off is no fact.
func TestACutLineIsLeftOut(t *testing.T) {
	facts := read(t, usersGroup{}, shell.Result{Truncated: true, Stdout: []byte("0\x00a:1:1:::\n\x000\x00a:1:\nb:1")})
	if !facts.Users.Truncated || len(facts.Users.Groups) != 1 {
		t.Errorf("got %+v", facts.Users)
	}
}

// Of two groups that are too large together, the second is not had; the first,
// and the host, are.
func TestTooMuchIsRefused(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("0\x00\x000\x00")
	for i := range 10_000 {
		fmt.Fprintf(&b, "%s%d:1:%s\n", strings.Repeat("\x01", 100), i, strings.Repeat("\x02", 100))
	}
	var facts doc.Facts
	small := fixture(t, "testdata/memory/debian.txt")
	large := shell.Result{Stdout: b.Bytes()}
	for _, step := range []struct {
		group  Group
		answer shell.Result
	}{{memoryGroup{}, shell.Result{Stdout: small}}, {usersGroup{}, large}} {
		if err := groupProbe(step.group).Read(step.answer, &facts); err != nil {
			t.Fatal(err)
		}
	}
	if facts.Users.Error == nil || facts.Users.Error.Code != "too_large" || facts.Users.Groups != nil {
		t.Errorf("12 MB of control characters became %v", facts.Users.Error)
	}
	if facts.Memory == nil || facts.Memory.Error != nil {
		t.Errorf("memory is %+v", facts.Memory)
	}
}

func TestText(t *testing.T) {
	long := strings.Repeat("ä", 200)
	for in, want := range map[string]string{
		"":                       "",
		"Jürgen":                 "Jürgen",
		"a\xffb\\":               `a\377b\`,
		"\ufffd":                 "\ufffd",
		"\x1b[2J":                "\x1b[2J",
		strings.Repeat("x", 256): strings.Repeat("x", 256),
		strings.Repeat("x", 257): strings.Repeat("x", 253) + "…",
		long:                     long[:252] + "…",
	} {
		if got := text(in); got != want {
			t.Errorf("text(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestGroupsAreNamedOnceAndLikeTheirMembers(t *testing.T) {
	var facts doc.Facts
	for _, g := range Groups {
		g.Fail(&facts, doc.Gathered{Error: &doc.FactError{Code: "c", Message: "m"}})
	}
	members := slices.Sorted(maps.Keys(gatheredOf(facts)))
	var names []string
	for _, g := range Groups {
		names = append(names, g.Name())
	}
	slices.Sort(names)
	if diff := cmp.Diff(names, members); diff != "" {
		t.Error(diff)
	}
}
