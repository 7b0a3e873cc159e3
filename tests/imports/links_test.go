package imports_test

import (
	"slices"
	"strings"
	"testing"
)

// reach is what a program reaches out of its process with.
var reach = []string{"net", "net/http", "os/exec", "golang.org/x/crypto/ssh"}

// lacks says what is in no package that a command is linked from.
var lacks = map[string][]string{
	"cmd/hk-plan": reach,
	"cmd/hk-eval": reach,
	"cmd/hk-down": reach,
	"cmd/hk-show": reach,
	// It asks Repology, and nobody else.
	"cmd/hk-resolve": {"os/exec", "golang.org/x/crypto/ssh"},
	"cmd/hk-facts":   {"net/http"},
	"cmd/hk-apply":   {"net/http"},
}

// everyone is what no command may contain: fakes and the tools of tests.
var everyone = []string{
	"testing", "pgregory.net/rapid", "go.uber.org/goleak",
	"hostkit/pkg/repology/repologytest", "hostkit/pkg/transport/sshtest", "hostkit/pkg/transport/relay",
}

func TestCommandsLackWhatTheyMustNotDo(t *testing.T) {
	seen := 0
	for _, p := range packages(t) {
		if !strings.HasPrefix(p.name(), "cmd/") {
			continue
		}
		banned, ok := lacks[p.name()]
		if !ok {
			t.Errorf("%s: say what it lacks", p.name())
			continue
		}
		seen++
		for _, b := range slices.Concat(banned, everyone) {
			if slices.Contains(p.Deps, b) {
				t.Errorf("%s links %s", p.name(), b)
			}
		}
	}
	if seen != len(lacks) {
		t.Errorf("%d of %d commands were found", seen, len(lacks))
	}
}

// Only what logs in resolves secrets.
func TestWhoLinksSecrets(t *testing.T) {
	for _, p := range packages(t) {
		if !strings.HasPrefix(p.name(), "cmd/") {
			continue
		}
		logsIn := p.name() == "cmd/hk-facts" || p.name() == "cmd/hk-apply"
		if got := slices.Contains(p.Deps, module+"pkg/secret/source"); got != logsIn {
			t.Errorf("%s links pkg/secret/source: %v, want %v", p.name(), got, logsIn)
		}
	}
}
