package suggest

import (
	"path"
	"slices"
	"strings"
)

// WithoutHost is the hint for a value of --host that would leave hosts out, "!db": the
// flag only chooses. It names the other hosts where they are few, and has jq leave the
// one out where they are many.
func WithoutHost(value string, known []string) (string, bool) {
	out, negated := strings.CutPrefix(value, "!")
	if !negated {
		return "", false
	}
	const most = 5
	const hint = "--host chooses, and leaves nothing out: "
	others := slices.DeleteFunc(slices.Clone(known), func(name string) bool {
		matched, err := path.Match(out, name)
		return matched && err == nil
	})
	switch {
	case len(others) > 0 && len(others) < len(known) && len(others) <= most:
		return hint + "--host " + strings.Join(others, " --host "), true
	case slices.Contains(known, out):
		return hint + `hk-eval CONFIG | jq -c 'select(.host.name != "` + out + `")' | hk-facts --all`, true
	}
	return hint + "give it for each that is wanted, or with *", true
}
