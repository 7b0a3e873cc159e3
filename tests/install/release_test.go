package install

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/elf"
	"debug/macho"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hostkit/tests/binaries"
	"hostkit/tests/lab"
)

// version is that of the copies of the source, by a tag in their git.
const version = "7.8.9"

// released is what `make dist` and `make deb` have made of two copies of this
// source, in folders of other names, at other times, by people with other habits. The
// second copy is for two platforms, to save time: the others go the same way.
var released = sync.OnceValues(func() ([2]string, error) {
	var made [2]string
	people := []struct {
		folder, umask, platforms string
		environ                  []string
		touched                  time.Time
	}{
		{"one", "022", "", []string{"TZ=UTC", "LC_ALL=C"}, time.Unix(1_500_000_000, 0)},
		{"elsewhere", "077", "linux/arm64 darwin/amd64", []string{"TZ=Asia/Tokyo", "LC_ALL=C.UTF-8", "GOAMD64=v2", "GOFLAGS=-buildvcs=false"}, time.Now()},
	}
	// Both at once: somebody may be at work in the source.
	for _, habits := range people {
		if err := copySource(filepath.Join(work, habits.folder), habits.touched); err != nil {
			return made, err
		}
	}
	for i, habits := range people {
		source := filepath.Join(work, habits.folder)
		make := exec.Command("sh", "-ec", `umask "$1"; make dist deb PLATFORMS="$2"`, "sh", habits.umask, habits.platforms)
		make.Dir = source
		make.Env = append(os.Environ(), habits.environ...)
		if out, err := make.CombinedOutput(); err != nil {
			return made, fmt.Errorf("make dist deb: %w\n%s", err, out)
		}
		made[i] = filepath.Join(source, "dist")
	}
	return made, nil
})

// copySource commits a copy of this source, with what is not committed yet, to a git
// of its own, such that each copy has the same revision.
func copySource(to string, touched time.Time) error {
	root, err := binaries.Module()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	script := exec.Command("bash", "-euo", "pipefail", "-c", `
		git ls-files -z --cached --others --exclude-standard | xargs -0 ls -d 2>/dev/null | tar -c --mtime="$2" -T - | tar -x -C "$1"
		cd "$1"
		git init -q -b main
		git add -A
		git -c user.name=Somebody -c user.email=somebody@example.org -c commit.gpgsign=false commit -q -m "Copy"
		git tag "v$3"`, "copy", to, "@"+fmt.Sprint(touched.Unix()), version)
	script.Dir = root
	script.Env = append(os.Environ(), "GIT_AUTHOR_DATE=1700000000 +0000", "GIT_COMMITTER_DATE=1700000000 +0000",
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	if out, err := script.CombinedOutput(); err != nil {
		return fmt.Errorf("copy of the source: %w\n%s", err, out)
	}
	return nil
}

// packageFile is the Debian package for this machine, of the first copy.
func packageFile(t *testing.T) string {
	t.Helper()
	made, err := released()
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(made[0], "hostkit_"+version+"_*.deb"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%q, %v", found, err)
	}
	return found[0]
}

// The same commit gives the same bytes wherever, whenever and by whomever it is
// built: the archives, their checksums and the Debian package.
func TestAReleaseIsTheSameEverywhere(t *testing.T) {
	lab.Require(t) // dpkg-deb
	made, err := released()
	if err != nil {
		t.Fatal(err)
	}
	var sums [2]map[string][32]byte
	for i, folder := range made {
		sums[i] = map[string][32]byte{}
		files, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(filepath.Join(folder, file.Name()))
			if err != nil {
				t.Fatal(err)
			}
			sums[i][file.Name()] = sha256.Sum256(raw)
		}
	}
	if len(sums[0]) != 6 || len(sums[1]) != 4 {
		t.Errorf("archives, their checksums and a package were wanted: %v and %v", sums[0], sums[1])
	}
	for name, sum := range sums[1] {
		if name != "SHA256SUMS" && sums[0][name] != sum {
			t.Errorf("%s differs", name)
		}
	}
	check := exec.Command("sha256sum", "--check", "--strict", "SHA256SUMS")
	check.Dir = made[0]
	if out, err := check.CombinedOutput(); err != nil || strings.Count(string(out), ": OK") != 4 {
		t.Errorf("%v\n%s", err, out)
	}
}

// Each archive has the seven commands for its platform, static, with nothing of the
// machine that has built them.
func TestAReleaseIsWhatItsNameSays(t *testing.T) {
	made, err := released()
	if err != nil {
		t.Fatal(err)
	}
	for platform, mustBe := range map[string]func(*testing.T, string, []byte){
		"linux-amd64": isELF(elf.EM_X86_64), "linux-arm64": isELF(elf.EM_AARCH64),
		"darwin-amd64": isMachO(macho.CpuAmd64), "darwin-arm64": isMachO(macho.CpuArm64),
	} {
		root := "hostkit-" + version + "-" + platform
		files := untar(t, filepath.Join(made[0], root+".tar.gz"))
		for _, name := range commands(t) {
			binary := files[root+"/bin/"+name]
			mustBe(t, platform+" "+name, binary)
			if bytes.Contains(binary, []byte(work)) || bytes.Contains(binary, []byte(os.Getenv("HOME")+"/")) {
				t.Errorf("%s %s: names folders of this machine", platform, name)
			}
			if files[root+"/share/man/man1/"+name+".1"] == nil {
				t.Errorf("%s has no man page of %s", platform, name)
			}
		}
		for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
			if files[root+"/"+name] == nil {
				t.Errorf("%s has no %s", platform, name)
			}
		}
		// Who passes on what is linked in passes on its licence.
		for _, linked := range []string{"The Go standard library", "golang.org/x/crypto v", "github.com/google/go-jsonnet v"} {
			if !bytes.Contains(files[root+"/LICENSES"], []byte("\n"+linked)) {
				t.Errorf("%s has no licence of %s", platform, linked)
			}
		}
	}
}

func isELF(machine elf.Machine) func(*testing.T, string, []byte) {
	return func(t *testing.T, name string, binary []byte) {
		t.Helper()
		f, err := elf.NewFile(bytes.NewReader(binary))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if libraries, err := f.ImportedLibraries(); err != nil || len(libraries) != 0 || f.Machine != machine || f.Section(".interp") != nil {
			t.Errorf("%s: %s, wants %q, error %v", name, f.Machine, libraries, err)
		}
	}
}

func isMachO(cpu macho.Cpu) func(*testing.T, string, []byte) {
	return func(t *testing.T, name string, binary []byte) {
		t.Helper()
		f, err := macho.NewFile(bytes.NewReader(binary))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if f.Cpu != cpu || f.Type != macho.TypeExec {
			t.Errorf("%s: %s, %s", name, f.Cpu, f.Type)
		}
	}
}

// untar reads an archive, all entries of which are root's and of one time.
func untar(t *testing.T, name string) map[string][]byte {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.ModTime.Unix() != 1_700_000_000 || h.Mode&0o022 != 0 {
			t.Errorf("%s: %+v", name, h)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}
