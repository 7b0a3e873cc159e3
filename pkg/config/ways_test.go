package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"

	"hostkit/pkg/doc"
)

// Whatever hosts go through each other: every way ends, leads over what was
// written, and none comes back.
func TestWaysAreWhatIsWrittenOrRefused(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e", "x", "y"} // x and y are no hosts
	rapid.Check(t, func(t *rapid.T) {
		jumps := map[string][]string{}
		var hosts []string
		for _, name := range names[:5] {
			jumps[name] = rapid.SliceOfN(rapid.SampledFrom(names), 0, 3).Draw(t, name)
			quoted, _ := json.Marshal(jumps[name])
			hosts = append(hosts, fmt.Sprintf(`%q: {"ssh": {"jump": %s}}`, name, quoted))
		}
		text := whole(strings.Join(hosts, ","), "")
		c, err := Load(t.Context(), []string{"-"}, Options{Kinds: fakes(), Stdin: strings.NewReader(text)})
		refused := circular(jumps) || slices.ContainsFunc(names, func(name string) bool { return len(way(jumps, name)) > doc.MostJumps })
		if refused != (err != nil) {
			t.Fatalf("%s: %v", text, err)
		}
		if err != nil {
			return
		}
		for name := range jumps {
			var got []string
			for _, hop := range c.hosts[name].config.SSH.Jump {
				got = append(got, hop.Hostname)
			}
			if want := way(jumps, name); !slices.Equal(got, want) {
				t.Fatalf("%s: to %s through %v, want %v", text, name, got, want)
			}
		}
	})
}

// way is the way to a host whose jumps lead to no circle.
func way(jumps map[string][]string, name string) []string {
	if len(jumps[name]) == 0 {
		return nil
	}
	return append(way(jumps, jumps[name][0]), jumps[name]...)
}

// circular reports whether following jumps leads back to where it began.
func circular(jumps map[string][]string) bool {
	reach := map[string]map[string]bool{}
	for name, to := range jumps {
		reach[name] = map[string]bool{}
		for _, hop := range to {
			reach[name][hop] = true
		}
	}
	for range jumps {
		for _, to := range reach {
			for hop := range to {
				for next := range reach[hop] {
					to[next] = true
				}
			}
		}
	}
	for name, to := range reach {
		if to[name] {
			return true
		}
	}
	return false
}

// A thousand hosts, each behind the one before it, are refused at once.
func TestALongWayIsRefusedOnce(t *testing.T) {
	hosts := []string{`"h0": {}`}
	for i := range 1000 {
		hosts = append(hosts, fmt.Sprintf(`"h%d": {"ssh": {"jump": ["h%d"]}}`, i+1, i))
	}
	text := whole(strings.Join(hosts, ",\n"), "")
	_, err := Load(t.Context(), []string{"-"}, Options{Kinds: fakes(), Stdin: strings.NewReader(text)})
	if want := fmt.Sprintf("/hosts/h9/ssh/jump: 9 hosts to go through, more than %d: h0 -> h1", doc.MostJumps); err == nil ||
		!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%.300v, want one problem: %s", err, want)
	}
}
