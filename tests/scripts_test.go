package tests

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hostkit/pkg/repology/repologytest"
	"hostkit/tests/binaries"
	"hostkit/tests/ownstate"
)

var update = flag.Bool("update", false, "rewrite what the scripts compare with")

func TestMain(m *testing.M) {
	os.Exit(ownstate.Run(func() int {
		flag.Parse()
		defer binaries.Remove()
		return m.Run()
	}))
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
			// No script reaches the network: each has a Repology and a cache of its own.
			server := repologytest.New(time.Second)
			server.Examples()
			env.Defer(server.Close)
			env.Setenv("HOSTKIT_REPOLOGY_URL", server.URL)
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, ".cache"))
			env.Setenv("PATH", fmt.Sprintf("%s%c%s", bin, os.PathListSeparator, os.Getenv("PATH")))
			return nil
		},
	})
}
