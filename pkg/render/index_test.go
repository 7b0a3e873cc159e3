package render_test

import (
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/pkg/render"
)

// The times of an index are seconds in a document, and dates to a reader.
func TestWhenAnIndexIsFetched(t *testing.T) {
	for want, times := range map[string][2]string{
		"fetched 2026-11-23T05:01:26Z → after that ":                 {"1795410086.043252366", "1795410086.043252366"},
		"fetched 2026-11-23T05:01:26Z → after 2026-11-23T05:01:27Z ": {"1795410086", "1795410087.5"},
		"fetched never → once ":                                      {"0", "0"},
		"fetched 12:30 → after that ":                                {"12:30", "12:30"},
	} {
		c := change("package_index", "apt", doc.Update)
		c.Reason = "asked for"
		c.Before = doc.Attributes(`{"state":"present","fetched":"` + times[0] + `"}`)
		c.After = doc.Attributes(`{"state":"present","fetched_after":"` + times[1] + `"}`)
		text := show(t, seal(t, plan(c)), render.Options{})
		if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("it does not say %q\n%s", want, text)
		}
	}
}
