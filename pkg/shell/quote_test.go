package shell

import (
	"strings"
	"testing"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
	"pgregory.net/rapid"
)

// FuzzQuote: every shell reads a quoted value back as the bytes that went in,
// alone and beside another word.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "a", "'", "''", `\'`, "\n", "\n\n", "-n", "$(id)", "!x", "\xff\x81\x88", allBytes(), "#", "~root", "a\rb"} {
		f.Add(s)
	}
	var sessions []*Session
	for _, name := range targetNames {
		if wanted(name) {
			s, _ := open(f, newTarget(f, name))
			sessions = append(sessions, s)
		}
	}
	f.Fuzz(func(t *testing.T, value string) {
		value = strings.ReplaceAll(value, "\x00", "")
		for _, s := range sessions {
			got := results(t, s, script(`printf '%s' "$1$#$2"`, value, "'"), script("printf %s "+text(Quote("x"+value))))
			if string(got[0].Stdout) != value+"2'" || string(got[1].Stdout) != "x"+value {
				t.Errorf("%q came back as %q and %q", value, got[0].Stdout, got[1].Stdout)
			}
		}
	})
}

// The inverse of Quote, by a parser that is not ours.
func TestQuoteIsOneWord(t *testing.T) {
	value := rapid.StringMatching("[^\\x00\\r]*")
	rapid.Check(t, func(rt *rapid.T) {
		want := value.Draw(rt, "value")
		var words []*syntax.Word
		parser := syntax.NewParser(syntax.Variant(syntax.LangPOSIX))
		for word, err := range parser.WordsSeq(strings.NewReader(Quote(want))) {
			if err != nil {
				rt.Fatal(err)
			}
			words = append(words, word)
		}
		if len(words) != 1 {
			rt.Fatalf("%d words", len(words))
		}
		got, err := expand.Fields(nil, words[0])
		if err != nil || len(got) != 1 || got[0] != want {
			rt.Fatalf("got %q, %v; want %q", got, err, want)
		}
	})
}

func TestNULIsRefused(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("New took an argument with a NUL byte")
		}
	}()
	New("", "a\x00")
}

func TestTyped(t *testing.T) {
	for name, want := range map[string]string{
		"plan.json": "plan.json", "~/a-b": "~/a-b", "a b.json": "'a b.json'", "it's": `'it'\''s'`,
		"-x.json": "./-x.json", "-a b": "'./-a b'", "$x": "'$x'", "": "''",
	} {
		if got := Typed(name); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

func TestScriptString(t *testing.T) {
	for _, c := range []struct {
		script Script
		want   string
	}{
		{Script{}, ""},
		{New("echo"), "echo"},
		{New("echo", "a", "it's", ""), "set -- 'a' 'it'\\''s' ''\necho"},
	} {
		if got := c.script.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
