package secret_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hostkit/pkg/secret"
)

func scrubberOf(values ...string) *secret.Scrubber {
	s := secret.NewScrubber(nil)
	for _, v := range values {
		s.Add("test", secret.NewString(v))
	}
	return s
}

func TestScrubsEveryForm(t *testing.T) {
	t.Parallel()
	const value = `it's "a" $ecret\<&>/+`
	s := scrubberOf(value)
	jsonText, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	for name, printed := range map[string]string{
		"plain":         value,
		"single quotes": `'` + strings.ReplaceAll(value, `'`, `'\''`) + `'`,
		"mixed quotes":  `'` + strings.ReplaceAll(value, `'`, `'"'"'`) + `'`,
		"double quotes": `"it's \"a\" \$ecret\\<&>/+"`,
		"json":          string(jsonText),
		"json, no html": `"it's \"a\" $ecret\\<&>/+"`,
		"query":         "?pw=" + url.QueryEscape(value),
		"path":          "/" + url.PathEscape(value) + "/",
		"base64":        base64.StdEncoding.EncodeToString([]byte(value)),
		"raw base64":    base64.RawStdEncoding.EncodeToString([]byte(value)),
		"url base64":    base64.URLEncoding.EncodeToString([]byte(value)),
		"hexadecimal":   hex.EncodeToString([]byte(value)),
		"basic auth":    base64.StdEncoding.EncodeToString([]byte("me:" + value)),
		"basic auth 1":  base64.StdEncoding.EncodeToString([]byte("x" + value + "y")),
		"basic auth 2":  base64.StdEncoding.EncodeToString([]byte("xy" + value + "yz")),
	} {
		got := s.String("before " + printed + " after")
		if !strings.Contains(got, "[secret]") || !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") {
			t.Errorf("%s: %q", name, got)
		}
		// Of base64 a character at either end may belong to the neighbours too.
		if rest := strings.NewReplacer("[secret]", "", "before ", "", " after", "").Replace(got); len(rest) > 9 {
			t.Errorf("%s leaves %q", name, rest)
		}
	}
}

// Programs print lines of a file, and what a setting is set to.
func TestScrubsLinesOfContent(t *testing.T) {
	t.Parallel()
	s := secret.NewScrubber(nil)
	s.AddLines(secret.NewString("# all of it\r\nDB_PASSWORD=\"first secret\"\n\n  token: 'second secret',\nPORT=80\n"))
	for printed, want := range map[string]string{
		"line 2: DB_PASSWORD=\"first secret\"": "line 2: [secret]",
		"refused: first secret":                "refused: [secret]",
		"second secret is wrong":               "[secret] is wrong",
		"on PORT=80, port 80":                  "on [secret], port 80",
		"# all of it":                          "[secret]",
		"80":                                   "80",
	} {
		if got := s.String(printed); got != want {
			t.Errorf("%q becomes %q, want %q", printed, got, want)
		}
	}
	s.AddLines(secret.NewString(strings.Repeat("the same line\n", 100_000) + "the last line\n"))
	if got := s.String("the same line, the last line"); got != "[secret], the last line" {
		t.Errorf("of many lines the first are masked: %q", got)
	}
}

func TestScrubsWhatOverlaps(t *testing.T) {
	t.Parallel()
	s := scrubberOf("abcabcabc", "cabcabcd")
	for in, want := range map[string]string{
		"abcabcabcabc":            "[secret]",
		"abcabcabcd":              "[secret]",
		"x abcabcabc y":           "x [secret] y",
		"abcabcabc abcabcabc":     "[secret] [secret]",
		"abcabc":                  "[secret]",
		"x abcab":                 "x abcab",
		"":                        "",
		"nothing here":            "nothing here",
		strings.Repeat("abc", 50): "[secret]",
	} {
		if got := s.String(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// A limit may cut output in the middle of a value.
func TestScrubsWhatIsCutOff(t *testing.T) {
	t.Parallel()
	s := scrubberOf("correct-horse")
	for in, want := range map[string]string{
		"and correct-hors": "and [secret]",
		"and correc":       "and [secret]",
		"and corre":        "and corre",
		"ct-horse and":     "[secret] and",
		"horse and":        "horse and",
		"t-horse":          "[secret]",
	} {
		if got := s.String(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestShortValuesAreSaidAndNotScrubbed(t *testing.T) {
	t.Parallel()
	var warned []string
	s := secret.NewScrubber(func(name string) { warned = append(warned, name) })
	s.Add("env SHORT", secret.NewString("12345"))
	s.Add("env SHORT", secret.NewString("12345")) // as the second host that uses it does
	s.Add("env EMPTY", secret.Value{})
	s.Add("env LONG", secret.NewString("123456"))
	if !slices.Equal(warned, []string{"env SHORT"}) {
		t.Errorf("warned of %q", warned)
	}
	if got := s.String("12345 123456"); got != "12345 [secret]" {
		t.Errorf("%q", got)
	}
	scrubberOf("12345") // Without a callback nothing happens.
}

// Whatever the chunks, a stream is scrubbed as the whole is, and what can't be
// the beginning of a value is not held back.
func TestAStreamIsScrubbedAsTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.StringOfN(rapid.SampledFrom([]rune("ab")), 0, 60, -1)
		values := rapid.SliceOfN(rapid.StringOfN(rapid.SampledFrom([]rune("ab")), 6, 12, -1), 1, 3).Draw(t, "values")
		s := scrubberOf(values...)
		// The mark keeps the beginning from looking cut off.
		text := "|" + letters.Draw(t, "text")
		if rapid.Bool().Draw(t, "hit") {
			text += values[0] + letters.Draw(t, "rest")
		}
		var out bytes.Buffer
		w := s.Writer(&out)
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "chunk")
			if _, err := w.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got, want := out.String(), s.String(text); got != want {
			t.Fatalf("stream %q, whole %q, text %q", got, want, text)
		}
		for _, value := range values {
			if strings.Contains(out.String(), value) {
				t.Fatalf("%q is in %q", value, out.String())
			}
		}
	})
}

func TestAStreamGoesOnAtOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := scrubberOf("correct-horse").Writer(&out)
	for _, step := range []struct{ write, want string }{
		{"progress 10%", "progress 10%"},
		{" corr", "progress 10% "},
		{"ect-hor", "progress 10% "},
		{"se!", "progress 10% [secret]!"},
		{" cor", "progress 10% [secret]! "},
		{"ner", "progress 10% [secret]! corner"},
	} {
		if _, err := w.Write([]byte(step.write)); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); got != step.want {
			t.Errorf("after %q: %q, want %q", step.write, got, step.want)
		}
	}
}
