package reference

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What means something to roff or to mdoc is text like any other.
func TestAManPageShowsWhatWasWritten(t *testing.T) {
	t.Parallel()
	source := strings.Join([]string{
		`.Sh is no heading, and a \ is one. It ends here.`,
		"'quoted' words, `code`, (`--out FILE`), `a`/`b`, `code`s, `Ar Fl`.",
		"",
		"- `first`, `second`: both, with \"quotes\" – and a dash.",
		"- `$HOME`: see hk-plan(1).",
		"",
		"- a bullet",
		"  that goes on",
		"",
		"```sh",
		`.printf '%s\n' "$x" | tr - _`,
		"```",
		"",
		"The *last* [word](https://example.org/).",
	}, "\n")
	blocks, err := parseBlocks("source", source)
	if err != nil {
		t.Fatal(err)
	}
	m := &mdoc{}
	m.head("source", "hk-x", "1", `Say "this".`)
	m.printf(".Sh DESCRIPTION")
	m.blocks(blocks)

	render := exec.CommandContext(t.Context(), "mandoc", "-Tutf8", "-Owidth=90", "-Wwarning")
	render.Stdin = strings.NewReader(m.String())
	raw, err := render.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s (mandoc is one of the packages of make setup)", err, raw)
	}
	// Bold and underlined letters are struck twice.
	struck := []rune(string(raw))
	var b strings.Builder
	for i, r := range struck {
		if r != '\b' && (i+1 == len(struck) || struck[i+1] != '\b') {
			b.WriteRune(r)
		}
	}
	_, text, _ := strings.Cut(b.String(), "NAME")
	text, _, _ = strings.Cut(text, "HostKit")
	want := `
     hk-x – say "this"

DESCRIPTION
     .Sh is no heading, and a \ is one.  It ends here.  'quoted' words, ‘code’, (--out
     FILE), ‘a’/‘b’, ‘code’s, ‘Ar Fl’.

     ‘first’, ‘second’
             both, with "quotes" – and a dash.

     HOME    see hk-plan(1).

     •   a bullet that goes on

           .printf '%s\n' "$x" | tr - _

     The last word: https://example.org/.

`
	if diff := cmp.Diff(want, text); diff != "" {
		t.Error(diff)
	}
}

func TestMarkdownThatPagesCannotShowIsRefused(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"> a quotation":           `m:1: the pages can't show "> a quotation"`,
		"text\n\n| a | b |":       `m:3: the pages can't show "| a | b |"`,
		"1. one":                  `m:1: the pages can't show "1. one"`,
		"- one\n  - inner":        `m:2: want an item of the list`,
		"- one\nmore":             `m:2: want an item of the list`,
		"```sh\nwithout end":      `m:1: the code has no end`,
		"<!-- doc: x -->\n\ntext": `m:3: a comment with no code behind it`,
		"```sh\n" + strings.Repeat("x", 70) + "\n```": `m:2: code that is wider than 69 columns`,
	} {
		if _, err := parseBlocks("m", source); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", source, err, want)
		}
	}
	for source, want := range map[string]string{
		"## Warnings\n":                        `m:1: no page has a section "Warnings"`,
		"text":                                 `m:1: this stands before the first section`,
		"## Flags\n\ntext":                     `m:3: this stands before the first flag`,
		"## Flags\n\n### out":                  `m:3: want a flag`,
		"## Flags\n\n### --a\n\n### --a":       `m:5: want a flag that was not explained yet`,
		"## Notes\n\n<!-- insert: exits -->\n": `m:3: a command's pages have nothing to insert`,
	} {
		if _, err := parseManual("m", source); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", source, err, want)
		}
	}
}
