package excerpt_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hostkit/pkg/cli/excerpt"
	"hostkit/pkg/visible"
)

// show is the line with the caret below it.
func show(t *testing.T, text string, line, column int) string {
	t.Helper()
	e, ok := excerpt.New([]byte(text)).At(line, column)
	if !ok {
		t.Fatalf("%q has no place %d:%d", text, line, column)
	}
	if e.Line != line {
		t.Errorf("line %d, want %d", e.Line, line)
	}
	return e.Text + "\n" + strings.Repeat(" ", e.Caret) + "^"
}

func TestPlaces(t *testing.T) {
	for name, c := range map[string]struct {
		text         string
		line, column int
		want         string
	}{
		"the first line":              {"{\"a\": 1}\n", 1, 2, "{\"a\": 1}\n ^"},
		"another line":                {"{\n  \"a\": 1\n}", 2, 8, "  \"a\": 1\n       ^"},
		"behind the last byte":        {"{\n  \"a\"", 2, 6, "  \"a\"\n     ^"},
		"a column that is not":        {"{}", 1, 99, "{}\n  ^"},
		"an empty line":               {"{\n\n}", 2, 1, "\n^"},
		"the end of a line of Dos":    {"{\r\n \"a\" 1\r\n}", 2, 6, " \"a\" 1\n     ^"},
		"tabs":                        {"{\n\t\t\"a\":\t1}", 2, 8, "        \"a\":    1}\n                ^"},
		"wide characters":             {`{"日本": 1}`, 1, 12, "{\"日本\": 1}\n         ^"},
		"a combining mark":            {"{\"e\u0301\": 1}", 1, 9, "{\"e\u0301\": 1}\n      ^"},
		"a byte that is not UTF-8":    {"{\"\xff\": 1}", 1, 3, "{\"\\xff\": 1}\n  ^"},
		"behind a byte not UTF-8":     {"{\"\xff\": 1}", 1, 6, "{\"\\xff\": 1}\n        ^"},
		"a character in the middle":   {`{"日": 1}`, 1, 4, "{\"日\": 1}\n  ^"},
		"what moves a cursor":         {"{\"\x1b[2J\u202e\": 1}", 1, 10, "{\"\\x1b[2J\\u202e\": 1}\n               ^"},
		"an escape stays as it is":    {`{"a\nb": 1}`, 1, 9, "{\"a\\nb\": 1}\n        ^"},
		"spaces at the end are gone":  {"{}   ", 1, 1, "{}\n^"},
		"a byte order mark is to see": {"\ufeff{}", 1, 1, "\\ufeff{}\n^"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, show(t, c.text, c.line, c.column)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPlacesThatAreNot(t *testing.T) {
	text := excerpt.New([]byte("{}\n"))
	for _, at := range [][2]int{{0, 1}, {1, 0}, {3, 1}, {-1, -1}} {
		if e, ok := text.At(at[0], at[1]); ok {
			t.Errorf("%v is %+v", at, e)
		}
	}
}

// Of a line that is longer than a terminal is wide the part with the place is shown.
func TestLongLines(t *testing.T) {
	long := `{"a": [` + strings.Repeat(`"0123456789", `, 10_000) + `here]}`
	for _, column := range []int{1, 60, 80, 70_000, len(long) - 5, len(long) + 1} {
		e, _ := excerpt.New([]byte(long)).At(1, column)
		if wide := visible.Columns(e.Text); wide > 72 {
			t.Errorf("column %d: %d columns are shown", column, wide)
		}
		pointed := []rune(e.Text + " ")[e.Caret]
		if want := rune((long + " ")[column-1]); pointed != want {
			t.Errorf("column %d: the caret is below %q, want %q: %q", column, pointed, want, e.Text)
		}
	}
}

// On a narrow terminal the place and its caret stay in one row.
func TestWithin(t *testing.T) {
	for _, test := range []struct {
		text    string
		caret   int
		columns int
		want    string
		at      int
	}{
		{`"short": 1`, 2, 40, `"short": 1`, 2},
		{`"a": "0123456789", "b": 1`, 1, 12, `"a": "01234…`, 1},
		{`"a": "0123456789", "b": 1`, 19, 12, `…56789", "b…`, 9},
		{`"a": "0123456789", "b": 1, "c": 2`, 19, 12, `…56789", "b…`, 9},
		{`{"語語語語語語語語", x`, 20, 12, `…語語語", x`, 9},
		{"abcde\u0301fghijklmnop", 14, 10, "…hijklmnop", 8},
		{`"end" of it all`, 15, 3, `…it all`, 7},
	} {
		got := excerpt.Excerpt{Line: 1, Text: test.text, Caret: test.caret}.Within(test.columns)
		if want := (excerpt.Excerpt{Line: 1, Text: test.want, Caret: test.at}); got != want {
			t.Errorf("%s in %d columns: %+v, want %+v", test.text, test.columns, got, want)
		}
	}
}

func TestSecretsAreHidden(t *testing.T) {
	for text, want := range map[string]string{
		`{"password": "hunter2", "port": 22}`:                  `{"password": "…", "port": 22}`,
		`{"pasword": "hunter2", "port": 22}`:                   `{"pasword": "…", "port": 22}`,
		`{"port": 22 "password": "hunter2"}`:                   `{"port": 22 "password": "…"}`,
		`{"password" "hunter2", "port": 22}`:                   `{"password" "…", "port": 22}`,
		`{"password": "hunter2`:                                `{"password": …`,
		`{"password": hunter2}`:                                `{"password": …`,
		`{'password': 'hunter2', 'a': 1}`:                      `{'password': '…', 'a': 1}`,
		`{"password: "hunter2", "a": 1}`:                       `{"password:…"…`,
		`{"password": 1234567, "a": 1}`:                        `{"password": …`,
		`{"password": ["hunter2", "hunter3"], "a": 1}`:         `{"password": ["…", "…"], "a": 1}`,
		`{"password": "hun\"ter2", "a": 1}`:                    `{"password": "…", "a": 1}`,
		`{"password": {"$secret": {"env": "hunter2"}}, "a":1}`: `{"password": {"$secret": {"env": "…"}}, "a":1}`,
		`{password: 'hunter2', a: 1}`:                          `{password: '…', a: 1}`,
		`{password: 'hun' + 'ter2', a: 1}`:                     `{password: '…' + '…', a: 1}`,
		`{password:: |||hunter2|||, a: 1}`:                     `{password:: |||…|||, a: 1}`,
		`local password = 'hunter2'; {a: 1}`:                   `local password = '…'; {a: 1}`,
		`{ssh: {password: hostkit.secretEnv('hunter2')}, a:1}`: `{ssh: {password: hostkit.secretEnv('…')}, a:1}`,
		`{a: 1} // the password is hunter2`:                    `{a: 1} // the password…`,
		`{"run": "mysql --password=hunter2", "a": 1}`:          `{"run": "mysql --password=…", "a": 1}`,
		`{"uris": ["https://me:hunter2@host/"]}`:               `{"uris": ["https://me:…@host/"]}`,
		`{"sensitive": true, "content": "hunter2", "a": 1}`:    `{"sensitive": true, "content": "…", "a": 1}`,
		`{"uris": ["https://me:hun@ter2@host/"]}`:              `{"uris": ["https://me:…@host/"]}`,
		`{"jump": ["me:hunter2@host", "me@host:22"], "a": 1}`:  `{"jump": ["…", "me@host:22"], "a": 1}`,
		`{"x": ["me:hunter2@host", "npm:@a/b@1"], "a": 1}`:     `{"x": ["me:…@host", "npm:@a/b@1"], "a": 1}`,
		`{"sudo": "hunter2", "a": 1}`:                          `{"sudo": "…", "a": 1}`,
		`{"ssh": hunter2, "a": 1}`:                             `{"ssh": …, "a": 1}`,
		`{"sudo": "yes", "ssh": {"port": 22}}`:                 `{"sudo": "yes", "ssh": {"port": 22}}`,
		`{user: 'me:hunter2', hostname: 'h'}`:                  `{user: '…', hostname: 'h'}`,
		`{"hostname": "h hunter2", "user": "me@corp"}`:         `{"hostname": "…", "user": "me@corp"}`,
		`{"hostname": "203.0.113.10:22", "sudo_pw": "hunter2"`: `{"hostname": "203.0.113.10:22", "sudo_pw": "…"`,
		`{"content": "hello", "a": 1}`:                         `{"content": "hello", "a": 1}`,
		`{"name": "pass", "a": "b"}`:                           `{"name": "pass", "a": "b"}`,
		`{"/etc/passwd": {"mode": "0644"}}`:                    `{"/etc/passwd": {"mode": "…"}}`,
	} {
		e, ok := excerpt.New([]byte(text)).At(1, 1)
		if !ok || e.Text != want {
			t.Errorf("%s is shown as %s, want %s", text, e.Text, want)
		}
	}
}

// Where a secret begins is seen, not where in it somebody stumbled.
func TestWithoutUserinfo(t *testing.T) {
	for text, want := range map[string]string{
		`"root:ge:h/e@im@h" is no name`: `"root:…@h" is no name`, "/hosts/root:geheim@h/ssh": "/hosts/root:…@h/ssh",
		"a:b@h, c:d@h": "a:…@h, c:…@h", "root@h:22": "root@h:22", "wants 1: anna@h": "wants 1: anna@h",
	} {
		if got := excerpt.WithoutUserinfo(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestTheCaretDoesNotMeasureASecret(t *testing.T) {
	text := `{"password": "hunter2"}`
	want := show(t, text, 1, 15)
	for column := 16; column < 22; column++ {
		if got := show(t, text, 1, column); got != want {
			t.Errorf("column %d:\n%s", column, got)
		}
	}
}

// A secret that stands on several lines, or below its name.
func TestSecretsOnLinesOfTheirOwn(t *testing.T) {
	for _, text := range []string{
		"{\"password\":\n  \"hunter2\"}",
		"{\"password\":\n\n\t[\n\"x\", \"hunter2\"]}",
		"{password: |||\n  hunter2\n|||}",
		"{password: 'first line\n hunter2 and more', a: 1}",
		"{\"password\": \"first line\n hunter2\"}",
	} {
		for line := range 5 {
			if e, ok := excerpt.New([]byte(text)).At(line, 1); ok && strings.Contains(e.Text, "hunter2") {
				t.Errorf("%q shows %q", text, e.Text)
			}
		}
	}
}

func TestWhateverStandsThereIsSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte("\"'{}[]:,\n\t\\/|#pas"))), 0, 300).Draw(t, "text")
		line, column := rapid.IntRange(1, 4).Draw(t, "line"), rapid.IntRange(1, 200).Draw(t, "column")
		e, ok := excerpt.New(text).At(line, column)
		switch {
		case !ok:
		case !utf8.ValidString(e.Text) || strings.ContainsFunc(e.Text, func(r rune) bool { return r < ' ' || r == 0x7f }):
			t.Errorf("unsafe: %q", e.Text)
		case visible.Columns(e.Text) > 72:
			t.Errorf("%d columns: %q", visible.Columns(e.Text), e.Text)
		case e.Caret > 72:
			t.Errorf("the caret is in column %d", e.Caret)
		}
	})
}

// No name of a secret and no quoting of it lets a value through.
func TestNoSpellingShowsAPassword(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"password", "passphrase", "Password", "pasword", "passwrod", "db_password", "secret"}).Draw(t, "name")
		quote := rapid.SampledFrom([]string{`"`, `'`}).Draw(t, "quote")
		space := rapid.StringOfN(rapid.SampledFrom([]rune(" \t\n")), 0, 3, -1)
		before := rapid.SampledFrom([]string{"", `"a": 1,`, `"b": {"c": [1, "x"]},`, `"d": "it's",`}).Draw(t, "before")
		text := "{" + before + quote + name + quote + space.Draw(t, "s") + ":" + space.Draw(t, "s") + quote + "hunter2" + quote + "}"
		for line := 1; line < 8; line++ {
			if e, ok := excerpt.New([]byte(text)).At(line, rapid.IntRange(1, 60).Draw(t, "column")); ok && strings.Contains(e.Text, "hunter2") {
				t.Errorf("%q shows %q", text, e.Text)
			}
		}
	})
}
