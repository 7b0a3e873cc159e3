package visible_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"hostkit/pkg/visible"
)

func TestString(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"plain", "/etc/motd", "/etc/motd"},
		{"letters of the world", "grüß 漢字 🙂", "grüß 漢字 🙂"},
		{"line ends", "a\r\nb\tc", `a\r\nb\tc`},
		{"colour", "\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"clipboard (OSC 52)", "\x1b]52;c;ZXZpbA==\a", `\x1b]52;c;ZXZpbA==\x07`},
		{"delete", "a\x7fb", `a\x7fb`},
		{"C1 control", "\u009b31m", `\u009b31m`},
		{"C1 control as a bare byte", "\x9b31m", `\x9b31m`},
		{"not utf-8", "a\xffb", `a\xffb`},
		{"a surrogate's bytes", "\xed\xa0\x80", `\xed\xa0\x80`},
		{"the replacement character itself", "\ufffd", "\ufffd"},
		{"trojan source (CVE-2021-42574)", "a\u202eb\u2066c", `a\u202eb\u2066c`},
		{"zero width", "a\u200bb\ufeffc\u00adc", `a\u200bb\ufeffc\u00adc`},
		{"tag characters", "a\U000e0041", `a\U000e0041`},
		{"variation selector", "a\ufe0f", `a\ufe0f`},
		{"hangul filler", "a\u3164b", `a\u3164b`},
		{"no-break space", "a\u00a0b", `a\u00a0b`},
		{"line separator", "a\u2028b", `a\u2028b`},
		{"blank braille", "a\u2800b", `a\u2800b`},
		{"harmless backslash", `C:\dir \. \$`, `C:\dir \. \$`},
		{"an escape spelled out", `\x1b`, `\\x1b`},
		{"a backslash before an escape", "\\\x1b", `\\\x1b`},
		{"two backslashes before an escape spelled out", `\\n`, `\\\\n`},
		{"a last backslash", `a\`, `a\`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := visible.String(test.in); got != test.want {
				t.Errorf("String(%q) = %s, want %s", test.in, got, test.want)
			}
		})
	}
}

func TestLineShowsALastSpace(t *testing.T) {
	for in, want := range map[string]string{"": "", "a ": `a\x20`, " a": " a", "a  ": `a \x20`, "a\t": `a\t`, `a\ `: `a\\\x20`} {
		if got := visible.Line(in); got != want {
			t.Errorf("Line(%q) = %q, want %q", in, got, want)
		}
	}
}

// back undoes String: two texts that look the same would come out as one.
func back(t *testing.T, s string) string {
	t.Helper()
	var b strings.Builder
	for len(s) > 0 {
		n := len(s) - len(strings.TrimLeft(s, `\`))
		rest := s[n:]
		if n == 0 {
			_, size := utf8.DecodeRuneInString(s)
			b.WriteString(s[:size])
			s = s[size:]
			continue
		}
		if rest == "" || !strings.ContainsRune("nrtxuU", rune(rest[0])) {
			b.WriteString(s[:n])
			s = rest
			continue
		}
		b.WriteString(s[:n/2])
		s = rest
		if n%2 == 0 {
			b.WriteByte(s[0])
			s = s[1:]
			continue
		}
		s = unescape(t, &b, s)
	}
	return b.String()
}

func unescape(t *testing.T, b *strings.Builder, s string) string {
	t.Helper()
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[0]]
	if digits == 0 {
		b.WriteByte(map[byte]byte{'n': '\n', 'r': '\r', 't': '\t'}[s[0]])
		return s[1:]
	}
	if len(s) < 1+digits {
		t.Fatalf("cut escape %q", s)
	}
	var n uint32
	for _, c := range s[1 : 1+digits] {
		n = n*16 + uint32(strings.IndexRune("0123456789abcdef", c))
	}
	if s[0] == 'x' {
		b.WriteByte(byte(n))
	} else {
		b.WriteRune(rune(n))
	}
	return s[1+digits:]
}

func FuzzString(f *testing.F) {
	for _, seed := range []string{"", "a\x1bb", `\x1b`, "\\\x1b", `\\`, "\u202e", "\xff\xfe", "\\\n", `\\\u0000`, "\U000e0041"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		shown := visible.String(s)
		if !utf8.ValidString(shown) {
			t.Fatalf("%q became invalid utf-8 %q", s, shown)
		}
		for _, r := range shown {
			if r < ' ' || r == 0x7f || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) {
				t.Fatalf("%q still has %U: %q", s, r, shown)
			}
		}
		if got := back(t, shown); got != s {
			t.Fatalf("%q is shown as %q, which reads back as %q", s, shown, got)
		}
		line := visible.Line(s)
		if got := back(t, line); got != s || strings.HasSuffix(line, " ") {
			t.Fatalf("%q is shown as the line %q, which reads back as %q", s, line, got)
		}
	})
}
