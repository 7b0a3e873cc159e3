package docs

import (
	"flag"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"hostkit/tests/binaries"
)

var update = flag.Bool("update", false, "write the output of console blocks anew where it differs")

func TestMain(m *testing.M) {
	status := m.Run()
	binaries.Remove()
	os.Exit(status)
}

// sources are what the pages of the reference are made of, and no pages themselves.
var sources = map[string]bool{"manual.md": true, "login.md": true, "hostkit.md": true, "intro.md": true}

// pages are all Markdown files of the repository at root.
func pages(t *testing.T, root string) []*page {
	t.Helper()
	out, err := exec.Command("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", "*.md").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []*page
	for _, name := range strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if sources[path.Base(name)] {
			continue
		}
		// The go command then takes no result from its cache that knew of fewer pages.
		if _, err := os.ReadDir(path.Join(root, path.Dir(name))); err != nil {
			t.Fatal(err)
		}
		p, err := readPage(root, name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func build(t *testing.T) (root, bin string) {
	t.Helper()
	root, err := binaries.Module()
	if err != nil {
		t.Fatal(err)
	}
	bin, err = binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	return root, bin
}

func report(t *testing.T, problems []problem) {
	t.Helper()
	for _, p := range problems {
		t.Errorf("%s", p)
	}
}

// Whatever stands on a page is true, or at least could be typed.
func TestPages(t *testing.T) {
	t.Parallel()
	root, bin := build(t)
	c, err := newChecker(root, bin)
	if err != nil {
		t.Fatal(err)
	}
	all := pages(t, root)
	if len(all) == 0 {
		t.Fatal("no pages")
	}
	for _, p := range all {
		t.Run(p.path, func(t *testing.T) {
			t.Parallel()
			report(t, p.check(c))
			if slices.ContainsFunc(p.blocks, block.session) {
				report(t, p.run(t, root, bin, *update))
			}
		})
	}
}

func TestEveryPageIsLinkedAndNoLinkIsDead(t *testing.T) {
	t.Parallel()
	root, _ := build(t)
	report(t, checkLinks(root, pages(t, root)))
}
