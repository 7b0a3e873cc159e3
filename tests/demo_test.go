package tests

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
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

// The README shows the demo's session: the same config, and the same commands.
func TestTheReadmeShowsTheDemo(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("../scripts/demo.sh")
	if err != nil {
		t.Fatal(err)
	}
	_, page, _ := strings.Cut(string(readme), "\n```json config.json\n")
	config, page, _ := strings.Cut(page, "```\n")
	_, page, _ = strings.Cut(page, "\n```console\n")
	session, _, found := strings.Cut(page, "\n```\n")
	if !found {
		t.Fatal("the README shows no config and session")
	}
	_, here, _ := strings.Cut(string(script), "<<CONFIG\n")
	here, _, _ = strings.Cut(here, "CONFIG\n")
	packages := regexp.MustCompile(`packages='(.+)'`).FindStringSubmatch(string(script))
	if packages == nil {
		t.Fatal("the demo declares no packages")
	}
	if demo := strings.NewReplacer("$packages", packages[1], "$below", "").Replace(here); config != demo {
		t.Errorf("the README shows the config\n%s\nand the demo has\n%s", config, demo)
	}
	var typed, shown []string
	for _, found := range regexp.MustCompile(`(?m)^\$ (.*)$`).FindAllStringSubmatch(session, -1) {
		typed = append(typed, found[1])
	}
	for _, found := range regexp.MustCompile(`(?m)^show "(hk-.*)"$`).FindAllStringSubmatch(string(script), -1) {
		shown = append(shown, found[1])
	}
	if len(typed) == 0 || !slices.Equal(typed, shown) {
		t.Errorf("the README types\n%s\nand the demo\n%s", strings.Join(typed, "\n"), strings.Join(shown, "\n"))
	}
}
