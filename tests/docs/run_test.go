package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/tests/binaries"
	"hostkit/tests/lab"
)

// run types the page's session, and returns what of it is not true. With update it
// puts what was said into the page instead.
func (p *page) run(t *testing.T, root, bin string, update bool) []problem {
	t.Helper()
	w := newWorld(t, p)
	dir := filepath.Join(filepath.Dir(w.home), "session")
	own := filepath.Join(filepath.Dir(w.home), "steps")
	for _, folder := range []string{dir, own} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range p.files {
		if err := bring(filepath.Join(root, path.Dir(p.path), name), filepath.Join(dir, name)); err != nil {
			t.Fatalf("%s: %v", p.path, err)
		}
	}
	for _, name := range p.programs {
		if name == "mise" {
			if err := bring(lab.RequireMise(t), filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := compile(filepath.Join(root, "tests", name), w.bin); err != nil {
			t.Fatal(err)
		}
	}
	env := append(binaries.Environ(bin), w.env...)
	env = append(env, "PATH="+w.bin+":"+bin+":"+os.Getenv("PATH"))
	s, err := startSession(t.Context(), dir, own, env)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.end(); err != nil {
			t.Error(err)
		}
	}()
	var problems []problem
	var changes []change
	for _, b := range p.blocks {
		if b.name != "" && !b.notRun {
			if err := write(filepath.Join(dir, b.name), b.text()); err != nil {
				t.Fatal(err)
			}
		}
		if !b.session() {
			continue
		}
		steps, err := b.steps()
		if err != nil {
			return append(problems, problem{p.path, b.line, err.Error()})
		}
		for _, step := range steps {
			got, err := s.run(step.script, step.strict)
			if err != nil {
				t.Fatalf("%s:%d: %v", p.path, step.line, err)
			}
			found := p.compare(step, got, w.shown)
			if len(found) > 0 && update && !step.strict && !got.over {
				changes = append(changes, step.change(got, w.shown))
				found = nil
			}
			problems = append(problems, found...)
			if got.over {
				return problems
			}
		}
	}
	if len(changes) > 0 {
		if err := p.rewrite(root, changes); err != nil {
			t.Fatal(err)
		}
	}
	return problems
}

// compile builds the command of a module of its own into a folder. What a compiler
// reads the go command does not see, so the files are looked at here: a test is run
// again when what it looked at has changed.
func compile(module, to string) error {
	files, err := os.ReadDir(module)
	if err != nil {
		return err
	}
	for _, f := range files {
		if _, err := os.Stat(filepath.Join(module, f.Name())); err != nil {
			return err
		}
	}
	cmd := exec.Command("go", "build", "-o", to, ".")
	cmd.Dir, cmd.Env = module, append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", module, err, said)
	}
	return nil
}

func write(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if strings.HasPrefix(text, "#!") {
		mode = 0o755
	}
	return os.WriteFile(name, []byte(text), mode)
}

// bring copies a file, or a folder with all that is in it.
func bring(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.CopyFS(to, os.DirFS(from))
	}
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, raw, info.Mode().Perm())
}
