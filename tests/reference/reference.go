// Package reference makes what describes a command beside its code: the page
// README.md, the man page, and whatever else follows from what the command says of
// itself ([cli.Description]) and from the prose of manual.md. The files are
// committed, and the command's own test holds them up to date:
//
//	func TestReference(t *testing.T) { reference.Check(t, command().Describe()) }
//
// With -update the test writes them, which is what `make generate` does. Pages about
// all commands are made by this package's own tests, behind those.
package reference

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/cli"
	"hostkit/tests/completion"
)

var update = flag.Bool("update", false, "write the generated files instead of comparing them")

// Made is one generated file.
type Made struct {
	// Name is the file's in the command's folder.
	Name string
	Text []byte
}

// A maker makes one file of what is known of a command.
type maker func(c Command) (Made, error)

// makers are the files that every command has. Another one is another row.
var makers = []maker{
	page, manPage,
	completionOf("NAME.bash", completion.Bash), completionOf("_NAME", completion.Zsh), completionOf("NAME.fish", completion.Fish),
}

// completionOf makes the completion for one shell; NAME in the file's name is the
// command's.
func completionOf(name string, text func(cli.Description) string) maker {
	return func(c Command) (Made, error) {
		return Made{strings.ReplaceAll(name, "NAME", c.Name), []byte(text(c.Description))}, nil
	}
}

// Command is all that is known of a command.
type Command struct {
	cli.Description
	Manual Manual
}

// Check compares the generated files of a command with those in the working folder
// of its test, which is the command's own; with -update it writes them. It also holds
// that the manual explains only flags that the command has.
func Check(t *testing.T, d cli.Description) {
	t.Helper()
	c := Command{Description: d, Manual: readManual(t, "manual.md")}
	shared := readManual(t, filepath.Join("..", "login.md"))
	if err := c.Manual.explainLogin(shared, d.Flags); err != nil {
		t.Fatal(err)
	}
	if err := c.Manual.fits(d); err != nil {
		t.Fatal(err)
	}
	for _, make := range makers {
		made, err := make(c)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, made.Name, made.Text)
	}
	for _, name := range []string{"README.md", d.Name + ".1"} {
		shows(t, name, d)
	}
}

// shows holds that a page that is kept says everything that the command says of
// itself.
func shows(t *testing.T, name string, d cli.Description) {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	man := name != "README.md"
	wants := func(page, manPage string, args ...any) {
		t.Helper()
		want := fmt.Sprintf(page, args...)
		if man {
			want = fmt.Sprintf(manPage, args...)
		}
		if !regexp.MustCompile(want).Match(raw) {
			t.Errorf("%s: nothing in it matches %s", name, want)
		}
	}
	for _, f := range d.Flags {
		wants("(?m)^### .*`--%s[ `]", `(?m)^\.It .*Fl -%s( |$)`, f.Name)
		if f.Variable != "" {
			wants("`%s`", `Ev %s`, f.Variable)
		}
	}
	for _, e := range d.Exits {
		wants(`(?m)^\| %d \|`, `(?m)^\.It %d$`, e.Status)
	}
	for _, s := range append(slices.Clone(d.Reads), d.Writes...) {
		wants("`%s`", `Ql %s`, s)
	}
}

// compare holds that a file has this text, or writes it.
func compare(t *testing.T, name string, text []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, text) {
		t.Errorf("%s is not up to date: run make generate", name)
	}
}

// readManual reads and parses a source of prose.
func readManual(t *testing.T, name string) Manual {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := parseManual(name, string(raw))
	if err != nil {
		t.Fatal(err)
	}
	return m
}
