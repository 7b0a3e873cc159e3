package cli_test

import (
	"runtime"
	"runtime/debug"
	"testing"

	"hostkit/pkg/cli"
)

func TestBuilt(t *testing.T) {
	git := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{
			{Key: "vcs", Value: "git"},
			{Key: "vcs.revision", Value: "de68036c0ffee"},
			{Key: "vcs.time", Value: "2026-11-23T12:55:01Z"},
			{Key: "vcs.modified", Value: modified},
		}
	}
	platform := " for " + runtime.GOOS + "/" + runtime.GOARCH
	for name, c := range map[string]struct {
		info *debug.BuildInfo
		want string
	}{
		"a clone": {
			&debug.BuildInfo{GoVersion: "go1.26.0", Settings: git("false")},
			"from revision de68036c0ffee of 2026-11-23T12:55:01Z, with go1.26.0",
		},
		// Go gives the module of a clone a version too, which says less.
		"a clone with changes": {
			&debug.BuildInfo{
				GoVersion: "go1.26.0", Settings: git("true"),
				Main: debug.Module{Path: "hostkit", Version: "v0.0.0-20261123125501-de68036c0ffe+dirty"},
			},
			"from revision de68036c0ffee of 2026-11-23T12:55:01Z, changed since, with go1.26.0",
		},
		"go install": {
			&debug.BuildInfo{GoVersion: "go1.26.1", Main: debug.Module{Path: "example.org/hostkit", Version: "v0.1.0"}},
			"from example.org/hostkit@v0.1.0, with go1.26.1",
		},
		"no git": {
			&debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Path: "hostkit", Version: "(devel)"}},
			"from a revision that is not recorded, with go1.26.0",
		},
		"nothing known": {nil, "from a revision that is not recorded, with " + runtime.Version()},
	} {
		if got := cli.Built(c.info); got != c.want+platform {
			t.Errorf("%s: %q", name, got)
		}
	}
}
