package install

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// What make install puts in place is each command with its page and completions, in
// the folders where man and the shells look; make uninstall takes away all of it, and
// nothing else.
func TestInstallAndUninstall(t *testing.T) {
	root, stage := source(t), t.TempDir()
	run := func(target string) {
		t.Helper()
		cmd := exec.Command("make", "-C", root, target, "BIN="+filepath.Join(work, "bin"), "DESTDIR="+stage, "PREFIX=/opt/hostkit")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("make %s: %v\n%s", target, err, out)
		}
	}
	other := filepath.Join(stage, "opt/hostkit/bin/hk-of-somebody-else")
	if err := os.MkdirAll(filepath.Dir(other), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, nil, 0o755); err != nil {
		t.Fatal(err)
	}

	run("install")
	want := []string{
		"bin/hk-of-somebody-else",
		"share/man/man5/hostkit-config.5", "share/man/man7/hostkit-errors.7", "share/man/man7/hostkit.7",
	}
	for _, name := range commands(t) {
		want = append(want, "bin/"+name, "share/man/man1/"+name+".1", "share/bash-completion/completions/"+name,
			"share/zsh/site-functions/_"+name, "share/fish/vendor_completions.d/"+name+".fish")
		out, err := exec.Command(filepath.Join(stage, "opt/hostkit/bin", name), "--version").Output()
		if err != nil || !strings.HasPrefix(string(out), name+" ") {
			t.Errorf("%s --version: %v\n%s", name, err, out)
		}
	}
	slices.Sort(want)
	if got := below(t, filepath.Join(stage, "opt/hostkit")); !slices.Equal(got, want) {
		t.Errorf("installed:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	run("uninstall")
	if got := below(t, stage); len(got) != 1 {
		t.Errorf("left: %q", got)
	}
}

// A prefix of one's own is told of where no shell looks for commands there.
func TestInstallOutsideOfPath(t *testing.T) {
	prefix := t.TempDir()
	cmd := exec.Command("make", "-s", "-C", source(t), "install", "BIN="+filepath.Join(work, "bin"), "PREFIX="+prefix)
	want := "install: " + prefix + "/bin is not in PATH: export PATH=" + prefix + "/bin:$PATH\n"
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != want {
		t.Errorf("%v\n%s\nwant %s", err, out, want)
	}
	cmd = exec.Command("make", cmd.Args[1:]...)
	cmd.Env = append(os.Environ(), "PATH="+prefix+"/bin:"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// Whoever has forgotten sudo reads what to type, and nothing is half done.
func TestInstallWhereOneMayNotWrite(t *testing.T) {
	script, err := os.ReadFile(filepath.Join(source(t), "scripts", "install.sh"))
	if err != nil {
		t.Fatal(err)
	}
	// The user that root becomes may not see the source, nor a folder of the test's.
	cmd := exec.Command("bash", "-c", string(script), "install.sh", "bin", "/proc/usr/local")
	cmd.Dir, cmd.Env = "/", append(os.Environ(), "HOME=/home/me")
	if os.Getuid() == 0 {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	out, _ := cmd.CombinedOutput()
	const want = "install: error: /proc: you may not write there\n" +
		"install: hint: sudo make install PREFIX=/proc/usr/local, or name a folder of your own: make install PREFIX=/home/me/.local\n"
	if got := cmd.ProcessState.ExitCode(); got != 1 || string(out) != want {
		t.Errorf("exit %d: %s", got, out)
	}
}

// A prefix goes by GNU's name too and may have blanks; one that is no path from the root
// is answered with what to type.
func TestInstallTakesAPrefixOrSaysWhichOne(t *testing.T) {
	root, odd := source(t), filepath.Join(t.TempDir(), "it's \"odd\" $(x)")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for given, want := range map[string]string{
		"prefix=" + strings.ReplaceAll(odd, "$", "$$"): "",
		"PREFIX=out":            "install: error: PREFIX=out: want a path that begins with /\ninstall: hint: make install PREFIX=" + root + "/out\n",
		"PREFIX=~/.local":       "install: error: PREFIX='~/.local': want a path that begins with /\ninstall: hint: make install PREFIX=/home/me/.local\n",
		"PREFIX=":               "install: error: PREFIX=: want a path that begins with /\ninstall: hint: make install PREFIX=/usr/local\n",
		"PREFIX=" + file + "/x": "install: error: " + file + ": it is a file, not a folder\ninstall: hint: name another folder: make install PREFIX=/home/me/.local\n",
	} {
		cmd := exec.Command("make", "-s", "-C", root, "install", "BIN="+filepath.Join(work, "bin"), given)
		cmd.Env = append(os.Environ(), "HOME=/home/me")
		out, err := cmd.CombinedOutput()
		if (want == "") != (err == nil) || !strings.HasPrefix(string(out), want) {
			t.Errorf("make install %s: %v\n%s", given, err, out)
		}
	}
	if got := below(t, odd); len(got) < 20 {
		t.Errorf("installed: %q", got)
	}
}

func TestMakeHelpHasEveryTarget(t *testing.T) {
	root := source(t)
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("make", "-s", "-C", root, "help").Output()
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for line := range strings.Lines(string(out)) {
		target, _, _ := strings.Cut(line, " ")
		told = append(told, target)
	}
	_, phony, _ := strings.Cut(string(makefile), "\n.PHONY: ")
	phony, _, _ = strings.Cut(phony, "\n")
	want := strings.Fields(phony)
	slices.Sort(told)
	slices.Sort(want)
	if !slices.Equal(told, want) {
		t.Errorf("told: %q\nwant: %q", told, want)
	}
}

// below lists the files below a folder, sorted; a program must be executable, and
// all else must not.
func below(t *testing.T, folder string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, folder+"/")
		want := fs.FileMode(0o644)
		if strings.Contains(path, "/bin/") {
			want = 0o755
		}
		if info.Mode() != want {
			t.Errorf("%s is %s", name, info.Mode())
		}
		names = append(names, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
