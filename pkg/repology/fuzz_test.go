package repology_test

import (
	"strings"
	"testing"

	"hostkit/pkg/repology"
)

// Whatever a server answers, nothing is kept that could move a cursor.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`[{"repo":"debian_12","srcname":"a","binnames":["a"]}]`), "/api/v1/project/a")
	f.Add([]byte(`{"targets":{"a":"/api/v1/project/a"}}`), "//x/api/v1/project/a")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, body []byte, location string) {
		got, err := repology.Decode(dir, body, location)
		if err == nil && strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("control characters in %q", got)
		}
	})
}
