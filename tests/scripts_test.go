package tests

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"hostkit/tests/binaries"
)

var update = flag.Bool("update", false, "rewrite what the scripts compare with")

func TestMain(m *testing.M) {
	flag.Parse()
	status := m.Run()
	binaries.Remove()
	os.Exit(status)
}

// TestScripts runs each script of scripts/ in a folder of its own, with the real
// commands on PATH, so that `exec bash -c 'hk-eval … | hk-plan'` is the pipe
// that people type.
func TestScripts(t *testing.T) {
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "scripts",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", fmt.Sprintf("%s%c%s", bin, os.PathListSeparator, os.Getenv("PATH")))
			return nil
		},
	})
}
