package secret_test

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzScrubber: a value is never left in what was scrubbed, and where a stream is
// cut makes no difference.
func FuzzScrubber(f *testing.F) {
	f.Add("correct-horse", "battery", "said correct-horse and Y29ycmVjdC1ob3JzZQ==", uint(7))
	f.Add("aaaaaaa", "aaaaaaaa", "aaaaaaaaaaaaaaaaaaa", uint(3))
	f.Add("it's a 'word'", "x", `'it'\''s a '\''word'\'''`, uint(1))
	f.Add("line\nline", "\xff\xfe\xfd\xfc\xfb\xfa", "line\nline \xff\xfe\xfd\xfc\xfb\xfa", uint(2))
	f.Fuzz(func(t *testing.T, first, second, text string, at uint) {
		if len(first) > 200 || len(second) > 200 || strings.Contains(first+second, "|") {
			return
		}
		// The mark keeps the beginning from looking cut off.
		text = "|" + text
		s := scrubberOf(first, second)
		whole := s.String(text)
		for _, value := range []string{first, second} {
			for _, left := range strings.Split(whole, "[secret]") {
				if len(value) >= 6 && strings.Contains(left, value) {
					t.Errorf("%q is in %q", value, whole)
				}
			}
		}
		var out bytes.Buffer
		w := s.Writer(&out)
		cut := int(at % uint(len(text)+1))
		for _, chunk := range []string{text[:cut], text[cut:]} {
			if _, err := w.Write([]byte(chunk)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if out.String() != whole {
			t.Errorf("cut at %d: %q, whole %q", cut, out.String(), whole)
		}
	})
}
