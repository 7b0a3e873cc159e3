package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newPage is a page with this text, in a repository of its own.
func newPage(t *testing.T, text string) (root string, p *page) {
	t.Helper()
	root = t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "page.md"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := readPage(root, "page.md")
	if err != nil {
		t.Fatal(err)
	}
	return root, p
}

// wantProblem wants one problem, in this line, with these words.
func wantProblem(t *testing.T, got []problem, line int, words string) {
	t.Helper()
	if len(got) != 1 || got[0].line != line || !strings.Contains(got[0].what, words) {
		t.Errorf("want %q in line %d, got %v", words, line, got)
	}
}

const config = `{"schema": "hostkit.config/v1", "project": "shop", "hosts": {"server": {}}, "services": {}}`

func TestWhatIsFoundWithoutRunning(t *testing.T) {
	t.Parallel()
	root, bin := build(t)
	c, err := newChecker(root, bin)
	if err != nil {
		t.Fatal(err)
	}
	const notRun = "<!-- doc: not run: an example -->\n"
	for name, test := range map[string]struct {
		text  string
		line  int
		words string
	}{
		"no language":           {"```\nx\n```", 1, "no language"},
		"unknown language":      {"text\n\n```php\nx\n```", 3, `"php"`},
		"open block":            {"```sh\ntrue", 1, "does not end"},
		"typed text":            {"```text\na\n$ ls\n```", 3, "one in console"},
		"console without a $":   {"```console\nls\n```", 2, `"$ COMMAND"`},
		"syntax of sh":          {"```sh\ntrue\nif true\n```", 3, "if"},
		"syntax of a command":   {notRun + "```console\n$ true\n$ echo 'a\n```", 4, "quote"},
		"syntax of json":        {"```json\n{\n  \"a\": 1,\n}\n```", 3, "comma"},
		"a member twice":        {"```json\n{\"a\": 1,\n\"a\": 2}\n```", 3, "a"},
		"syntax of jsonnet":     {"```jsonnet\n{a:: }\n```", 2, ""},
		"syntax of yaml":        {"```yaml\na: [\n```", 2, ""},
		"unknown flag":          {notRun + "```console\n$ hk-eval --chek x.json\n```", 3, "hk-eval has no flag --chek"},
		"unknown command":       {notRun + "```sh\nhk-evil x.json\n```", 3, "no command hk-evil"},
		"flag in a pipe":        {notRun + "```sh\nhk-eval x.json |\n  hk-facts --hots web\n```", 4, "--hots"},
		"flag in prose":         {"Say `hk-plan --ot FILE`.", 1, "hk-plan has no flag --ot"},
		"unknown target":        {notRun + "```sh\nsudo make instal PREFIX=/usr\n```", 3, "no target instal"},
		"no reason":             {"<!-- doc: not run -->\n```sh\ntrue\n```", 1, "why"},
		"comment for nothing":   {notRun + "\ntext", 1, "none follows"},
		"unknown comment":       {"<!-- doc: skip -->", 1, "one of"},
		"unknown kind of host":  {"<!-- doc: hosts server:windows -->", 1, `"windows"`},
		"schema of a config":    {"```json\n" + strings.Replace(config, "project", "projects", 1) + "\n```", 2, "project"},
		"what hk-eval refuses":  {"```json\n" + strings.Replace(config, `"services": {}`, `"services": {"a": {"hosts": ["x"]}}`, 1) + "\n```", 2, "x"},
		"schema of a named one": {"```json x.json\n{\"schema\": \"hostkit.config/v2\"}\n```", 2, "hostkit.config/v2"},
		"a part of a config":    {"<!-- doc: in services.web -->\n```json\n\"flies\": {}\n```", 3, "flies"},
		"a part of no document": {"<!-- doc: in services.web -->\n```text\nx\n```", 2, "only a block in json"},
	} {
		t.Run(name, func(t *testing.T) {
			_, p := newPage(t, test.text+"\n")
			wantProblem(t, p.check(c), test.line, test.words)
		})
	}
}

func TestWhatIsGoodIsTaken(t *testing.T) {
	t.Parallel()
	root, bin := build(t)
	c, err := newChecker(root, bin)
	if err != nil {
		t.Fatal(err)
	}
	_, p := newPage(t, strings.Join([]string{
		"<!-- doc: not run: an example -->", "```sh", "hk-eval --check c.json && hk-plan --out=x -- --none", "```",
		"```json", config, "```",
		"<!-- doc: in services.web -->", "```json", `"files": {"/a": {"content": "b"}}`, "```",
		"<!-- doc: in services.web.packages -->", "```json", `["jq"]`, "```",
		"```jsonnet", "{a: 1}", "```", "```yaml", "a: [1]", "```", "```text", "a ──▶ b", "```",
		"`hk-eval -h`, `hk-plan --out FILE`, `hk-*`",
	}, "\n")+"\n")
	report(t, p.check(c))
}

func TestWhatASessionFinds(t *testing.T) {
	t.Parallel()
	_, bin := build(t)
	for name, test := range map[string]struct {
		text  string
		line  int
		words string
	}{
		"another output":    {"```console\n$ echo a; echo b\na\nc\n```", 4, "did not say this"},
		"more output":       {"```console\n$ echo a; echo b\na\n```", 4, "said more"},
		"less output":       {"```console\n$ echo a\na\nb\n```", 4, "did not say this"},
		"another status":    {"```console\n$ false\n$ true\n```", 3, "exit status 1, and the page says 0"},
		"no failure":        {"```console\n$ true\n[exit status 1]\n```", 3, "exit status 0, and the page says 1"},
		"a pipe that fails": {"```console\n$ false | true\n```", 3, "exit status 1"},
		"a script fails":    {"```sh\ntrue\nfalse\ntrue\n```", 3, "exit status 1"},
		"a hidden one":      {"text\n\n<!-- doc: run\nfalse\n-->", 4, "exit status 1"},
		"the shell is gone": {"```console\n$ exit 0\n```", 2, "the shell has ended"},
		"no such command":   {"```console\n$ hk-evil\n```", 3, "bash: hk-evil: command not found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, p := newPage(t, test.text+"\n")
			wantProblem(t, p.run(t, root, bin, false), test.line, test.words)
		})
	}
}

func TestASessionIsOne(t *testing.T) {
	t.Parallel()
	_, bin := build(t)
	root, p := newPage(t, strings.Join([]string{
		"```text list", "one", "two", "```",
		"<!-- doc: run: mkdir sub; x=1 -->",
		"```console", "$ cd sub; echo $x", "1", "$ cat ../list |", ">   tail -n 1", "two", "```",
		"```sh", "y=2", "```",
		"```console", "$ echo $y; basename $PWD", "2", "sub",
		"$ seq 5; date -u +%FT%TZ", "1", "…", "2026-11-23T10:00:00Z", "$ printf 'a \\r\\n'", "a", "$ seq 3", "…", "3", "$ echo abc >&2; exec 2>&1", "a…c", "$ (exit 3)", "[exit status 3]", "$ cat", "```",
	}, "\n")+"\n")
	report(t, p.run(t, root, bin, false))
}

func TestUpdateWritesWhatWasSaid(t *testing.T) {
	t.Parallel()
	_, bin := build(t)
	root, p := newPage(t, "```console\n$ echo a; false\nb\n$ echo c\n…\n$ seq 2\n```\n\ntext\n")
	report(t, p.run(t, root, bin, true))
	got, err := os.ReadFile(filepath.Join(root, "page.md"))
	if want := "```console\n$ echo a; false\na\n[exit status 1]\n$ echo c\n…\n$ seq 2\n1\n2\n```\n\ntext\n"; err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestLinksThatLeadNowhere(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, text := range map[string]string{
		"README.md":     "# One\n\n## What `it` is, and why\n\n[a](#what-it-is-and-why) [b](sub/b.md#two) [c](sub) [web](https://example.org/x) `[no](link)`\n",
		"sub/b.md":      "# Two\n\n[one](../README.md#on)\n[gone](gone.md) [out](../../x)\n",
		"sub/README.md": "x\n",
		"lost.md":       "x\n",
	} {
		if err := write(filepath.Join(root, name), text); err != nil {
			t.Fatal(err)
		}
	}
	var all []*page
	for _, name := range []string{"README.md", "sub/b.md", "sub/README.md", "lost.md"} {
		p, err := readPage(root, name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	var got strings.Builder
	for _, p := range checkLinks(root, all) {
		got.WriteString(p.String() + "\n")
	}
	want := "lost.md:1: no link leads here from README.md, nor from a page that it leads to\n" +
		"sub/b.md:3: the link ../README.md#on leads to no heading\n" +
		"sub/b.md:4: the link gone.md leads to nothing\n" +
		"sub/b.md:4: the link ../../x leads out of the repository\n"
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &got, want)
	}
}
