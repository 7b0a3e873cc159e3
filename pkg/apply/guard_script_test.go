package apply

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hostkit/pkg/shell"
)

// switchHost is a host of one shell, seen by the scripts of the switch alone.
type switchHost struct {
	*testing.T
	sh, path, run string
}

func newSwitchHost(t *testing.T, sh string) switchHost {
	t.Helper()
	binary, err := exec.LookPath(sh)
	if err != nil {
		t.Fatal(err)
	}
	h := switchHost{t, binary, shell.Path, filepath.Join(t.TempDir(), "run")}
	if sh == "busybox" {
		h.path = t.TempDir()
		if out, err := exec.Command(binary, "--install", "-s", h.path).CombinedOutput(); err != nil {
			t.Fatal(err, string(out))
		}
		h.sh = filepath.Join(h.path, "sh")
	}
	if err := os.Mkdir(h.run, 0o700); err != nil {
		t.Fatal(err)
	}
	return h
}

// program is the command that runs a script as a file of its own.
func (h switchHost) program(s shell.Script) *exec.Cmd {
	h.Helper()
	file, err := os.CreateTemp(h.TempDir(), "script")
	if err != nil {
		h.Fatal(err)
	}
	defer file.Close()
	text := strings.Replace(s.Program(), "PATH="+shell.Path+" ", "PATH="+h.path+" ", 1)
	if _, err := file.WriteString(text); err != nil {
		h.Fatal(err)
	}
	return exec.Command(h.sh, file.Name())
}

// tool runs a word of switchTool.
func (h switchHost) tool(word string, args ...string) (string, error) {
	h.Helper()
	cmd := h.program(shell.New(switchTool, append([]string{word, h.run}, args...)...))
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if said.Len() > 0 {
		h.Errorf("%s: %s", word, said.String())
	}
	return string(out), err
}

func (h switchHost) must(word string, args ...string) string {
	h.Helper()
	out, err := h.tool(word, args...)
	if err != nil {
		h.Fatalf("%s: %v: %s", word, err, out)
	}
	return out
}

// hand runs somebody else's script in a folder.
func (h switchHost) hand(dir, script string) string {
	h.Helper()
	cmd := exec.Command("/bin/sh", "-euc", script)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		h.Fatalf("%s: %v: %s", script, err, out)
	}
	return string(out)
}

// arm starts the switch for what is in dir.
func (h switchHost) arm(dir string, names ...string) *exec.Cmd {
	h.Helper()
	var paths []string
	for _, name := range names {
		paths = append(paths, filepath.Join(dir, name))
	}
	h.must("keep", append([]string{"sha256:1", "600"}, paths...)...)
	h.hand(h.run+"/switch", `: >armed; echo 'echo again >>"$dir/../acted"' >acts/1`)
	cmd := h.program(shell.New(switchProgram, h.run+"/switch"))
	if err := cmd.Start(); err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd
}

// A switch that somebody has ended is begun again when its fuse is renewed, as often
// as that is, or when it is told to fire.
func TestASwitchThatIsEndedGoesOn(t *testing.T) {
	for _, sh := range []string{"dash", "bash", "busybox"} {
		t.Run(sh, func(t *testing.T) {
			t.Parallel()
			h, dir := newSwitchHost(t, sh), t.TempDir()
			h.hand(dir, "echo old >file")
			h.must("keep", "sha256:1", "600", filepath.Join(dir, "file"))
			program := h.program(shell.New(switchProgram, h.run+"/switch"))
			h.hand(h.run, "cp '"+program.Args[1]+"' switch/program")
			h.must("arm")
			// The kernel ends it some time after kill has come back.
			end := func() {
				h.hand(h.run, `read -r pid began <switch/process
					kill -9 $pid
					while read -r stat </proc/$pid/stat && case $stat in *') Z '*) false ;; esac; do :; done 2>/dev/null`)
			}
			for range 2 {
				end()
				if out := h.must("look"); !strings.HasPrefix(out, "dead") {
					t.Errorf("%q", out)
				}
				h.must("burn", "600")
				if out := h.must("look"); !strings.HasPrefix(out, "armed ") {
					t.Errorf("%q", out)
				}
			}
			h.hand(dir, "echo new >file")
			end()
			h.must("burn", "0")
			h.must("await", "10")
			if got := h.hand(dir, "cat file"); got != "old\n" {
				t.Errorf("it is %q", got)
			}
			if _, err := h.tool("burn", "600"); err == nil {
				t.Error("one that has fired has a fuse")
			}
		})
	}
}

const (
	scene = `umask 022; mkdir folder gone; echo old >file; chmod 0640 file; ln -s file link; echo 'a
b' >'odd
'; echo same >same; mkdir made.not`
	havoc = `echo new >file; chmod 0600 file; rm link; ln -s folder link; chmod 0700 folder; rmdir gone; rm 'odd
'; mkdir made; echo x >made/in; ln -s x link2; rmdir made.not`
	sight = `find . ! -name . -printf '%p %y %m %l\n' | sort; cat file same 'odd
'`
)

var sceneNames = []string{"file", "folder", "gone", "link", "link2", "made", "made.not", "made/in", "odd\n", "same"}

func TestTheSwitchPutsBackWhatWasThere(t *testing.T) {
	for _, sh := range []string{"dash", "bash", "busybox"} {
		t.Run(sh, func(t *testing.T) {
			t.Parallel()
			h, dir := newSwitchHost(t, sh), t.TempDir()
			h.hand(dir, scene)
			before := h.hand(dir, sight)
			cmd := h.arm(dir, sceneNames...)
			h.hand(dir, havoc)
			if out := h.must("look"); !strings.HasPrefix(out, "armed ") && !strings.HasPrefix(out, "dead") {
				t.Errorf("%q", out)
			}
			h.must("burn", "0")
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
			h.must("await", "1")
			if after := h.hand(dir, sight); after != before {
				t.Errorf("it was\n%s\nand is\n%s", before, after)
			}
			records := readRecords([]byte(h.must("look")))
			if len(records) == 0 || records[0].what != "fired sha256:1" || len(paths(records, "failed")) != 0 {
				t.Errorf("%q", records)
			}
			var back []string
			for _, path := range paths(records, "back") {
				back = append(back, strings.TrimPrefix(path, dir+"/"))
			}
			if got, want := strings.Join(back, ","), "made/in,made,link2,file,folder,gone,link,made.not,odd\n"; got != want {
				t.Errorf("put back %q, want %q", got, want)
			}
			if acted := h.hand(h.run, "cat acted"); acted != "again\n" {
				t.Errorf("the act was done as %q", acted)
			}
			h.must("forget")
			if left := h.hand(h.run, "rm acted; ls -A"); left != "" {
				t.Errorf("left behind: %s", left)
			}
		})
	}
}

func TestTheSwitchDoesNothingWhenDisarmed(t *testing.T) {
	for _, sh := range []string{"dash", "bash", "busybox"} {
		t.Run(sh, func(t *testing.T) {
			t.Parallel()
			h, dir := newSwitchHost(t, sh), t.TempDir()
			h.hand(dir, scene)
			cmd := h.arm(dir, sceneNames...)
			h.hand(dir, havoc)
			after := h.hand(dir, `find . | sort; cat file`)
			h.must("burn", "600")
			h.must("disarm")
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
			if now := h.hand(dir, `find . | sort; cat file`); now != after {
				t.Errorf("it was\n%s\nand is\n%s", after, now)
			}
			if out, err := h.tool("disarm"); err == nil {
				t.Errorf("disarmed twice: %s", out)
			}
			if out := h.must("look"); !strings.HasPrefix(out, "none") {
				t.Errorf("%q", out)
			}
			if left := h.hand(h.run, "ls -A"); left != "" {
				t.Errorf("left behind: %s", left)
			}
		})
	}
}

// A host that goes down tells its processes to end: what nobody has proven must not
// be there when it comes up.
func TestTheSwitchFiresWhenItIsToldToEnd(t *testing.T) {
	h, dir := newSwitchHost(t, "dash"), t.TempDir()
	h.hand(dir, scene)
	cmd := h.arm(dir, "file")
	h.hand(h.run, `tries=0; until [ -s switch/process ]; do tries=$((tries + 1)); [ "$tries" -lt 100 ]; sleep 0.1; done`)
	h.hand(dir, "echo new >file")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if got := h.hand(dir, "cat file"); got != "old\n" {
		t.Errorf("file is %q", got)
	}
}
