package install

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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
