package visible_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hostkit/pkg/visible"
)

func TestCut(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want string
	}{
		{"server", 6, "server"},
		{"server", 5, "serv…"},
		{"server", 1, "…"},
		{"server", 0, ""},
		{"日本語", 6, "日本語"},
		{"日本語", 5, "日本…"},
		{"日本語", 4, "日…"},
		{"e\u0301te\u0301s", 3, "e\u0301t…"},
	} {
		if got := visible.Cut(c.text, c.n); got != c.want {
			t.Errorf("%q in %d columns is %q, want %q", c.text, c.n, got, c.want)
		}
	}
}

func TestCutFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := visible.String(rapid.String().Draw(t, "text"))
		n := rapid.IntRange(0, 20).Draw(t, "columns")
		cut := visible.Cut(text, n)
		switch {
		case visible.Columns(cut) > n:
			t.Fatalf("%q in %d columns is %q", text, n, cut)
		case cut != text && !strings.HasPrefix(text, strings.TrimSuffix(cut, "…")):
			t.Fatalf("%q is not the beginning of %q", cut, text)
		}
	})
}
