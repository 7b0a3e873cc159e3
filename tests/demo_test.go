package tests

import (
	"os/exec"
	"strings"
	"testing"

	"hostkit/tests/binaries"
)

// The demo where no real host can be made: what it says is what it did.
func TestTheDemoRunsOnTheEmbeddedServer(t *testing.T) {
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	demo := exec.Command("bash", "../scripts/demo.sh")
	// It builds a server, for which the go command looks into its caches.
	caches, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	cache := strings.Fields(string(caches))
	demo.Env = binaries.Environ(bin, "HOSTKIT_BIN="+bin, "HOSTKIT_DEMO=embedded", "GOCACHE="+cache[0], "GOMODCACHE="+cache[1])
	said, err := demo.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, want := range []string{
		"demo: an embedded SSH server (HOSTKIT_DEMO=embedded asks for it):",
		"plan: 5 to create, 0 to update, 0 to delete, 0 unchanged",
		"server  applied and verified",
		"plan: nothing to change, 5 unchanged",
	} {
		if !strings.Contains(string(said), want) {
			t.Errorf("the demo does not say %q:\n%s", want, said)
		}
	}
}
