package suggest_test

import (
	"testing"

	"hostkit/pkg/cli/suggest"
)

func TestWithoutHost(t *testing.T) {
	few, many := []string{"db", "web-1", "web-2"}, []string{"a", "b", "c", "d", "e", "f", "g"}
	const hint = "--host chooses, and leaves nothing out: "
	for value, test := range map[string]struct {
		known []string
		want  string
	}{
		"!db":    {few, hint + "--host web-1 --host web-2"},
		"!web-*": {few, hint + "--host db"},
		"!c":     {many, hint + `hk-eval CONFIG | jq -c 'select(.host.name != "c")' | hk-facts --all`},
		"!x":     {many, hint + "give it for each that is wanted, or with *"},
		"!*":     {few, hint + "give it for each that is wanted, or with *"},
		"db":     {few, ""},
	} {
		if got, ok := suggest.WithoutHost(value, test.known); got != test.want || ok != (test.want != "") {
			t.Errorf("%s: %q, want %q", value, got, test.want)
		}
	}
}
