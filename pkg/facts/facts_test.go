package facts

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

func TestOSRelease(t *testing.T) {
	for name, test := range map[string]struct {
		in   string
		want doc.OS
	}{
		"debian":           {"PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n", doc.OS{ID: "debian", IDLike: []string{}, VersionID: "12"}},
		"derivative":       {"ID=rocky\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID='9.3'\n", doc.OS{ID: "rocky", IDLike: []string{"rhel", "centos", "fedora"}, VersionID: "9.3"}},
		"escaped":          {`ID="a\"b"`, doc.OS{ID: `a"b`, IDLike: []string{}}},
		"nothing":          {"", doc.OS{ID: "linux", IDLike: []string{}}},
		"terminal escapes": {"ID=\x1b]52;c;aGk=\x07debian", doc.OS{ID: "]52;c;aGk=debian", IDLike: []string{}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, parseOSRelease([]byte(test.in))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMachineID(t *testing.T) {
	for in, want := range map[string]doc.Digest{
		"":                                   "",
		"uninitialized\n":                    "",
		"0123456789abcdef0123456789abcdef\n": "sha256:3eb1bd439947eb762998e566ccc2e099c791118b2f40579cc4f7da2b5061b7f9",
	} {
		if got := machineID([]byte(in)); got != want {
			t.Errorf("machineID(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzBasics(f *testing.F) {
	f.Add([]byte("ID=debian\x006.1.0 x86_64\n\x00\x0012.5\x00apt-get\n"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		var b Basics
		if err := b.read(shell.Result{Stdout: answer}, map[string]string{"apt-get": "apt"}); err == nil && b.Arch == "" {
			t.Error("a host without an architecture was taken")
		}
	})
}
