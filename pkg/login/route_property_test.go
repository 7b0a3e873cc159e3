package login

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hostkit/pkg/doc"
)

// Whatever jumps a config has, the way is that of ssh; where it comes to one host
// twice, which has no use and often no end, it is refused.
func TestTheWayIsSSHsWhateverTheConfigSays(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e"}
	ways, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		var text strings.Builder
		leads := map[string][]string{}
		for i, name := range names {
			fmt.Fprintf(&text, "Host %s\n  HostName %s.example\n", name, name)
			if rapid.Bool().Draw(rt, "user") {
				fmt.Fprintf(&text, "  User of-%s\n", name)
			}
			if i == 0 || rapid.Bool().Draw(rt, "jumps") {
				leads[name] = rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 3, rapid.ID).Draw(rt, "through")
				fmt.Fprintf(&text, "  ProxyJump %s\n", strings.Join(leads[name], ","))
			}
		}
		file := configFor(t, text.String())
		target, err := targetWith(file, doc.HostConfig{Hostname: "a"})
		if circular(leads, "a") {
			refused++
			if err == nil || !strings.Contains(err.Error(), "twice") {
				rt.Fatalf("%v\n%s", err, text.String())
			}
			return
		}
		ways++
		if err != nil {
			rt.Fatalf("%v\n%s", err, text.String())
		}
		if diff := cmp.Diff(bySSH(t, file, "a", false), byUs(target)); diff != "" {
			rt.Fatalf("%s\n%s", text.String(), diff)
		}
	})
	if ways < 10 || refused < 10 {
		t.Errorf("%d ways and %d that are refused: they test little", ways, refused)
	}
}

// circular follows the first hop of each list, as ssh does, and says whether the
// way has a host twice.
func circular(leads map[string][]string, to string) bool {
	seen := map[string]bool{to: true}
	for next := leads[to]; next != nil; next = leads[next[0]] {
		for _, name := range next {
			if seen[name] {
				return true
			}
			seen[name] = true
		}
	}
	return false
}
