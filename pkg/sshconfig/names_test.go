package sshconfig_test

import (
	"slices"
	"testing"

	"hostkit/pkg/sshconfig"
)

func TestWhetherAHostIsListed(t *testing.T) {
	for what, c := range map[string]struct {
		text     string
		unlisted bool
		names    []string
	}{
		"nothing is said":       {"", false, nil},
		"of all":                {"Host *\nPort 22\n", false, nil},
		"of this one":           {"Host b a\nPort 22\n", false, []string{"a", "b"}},
		"of others":             {"Host c b *.x !d\nHost *\nHost b\n", true, []string{"b", "c"}},
		"by a wildcard":         {"Host b\nHost a*\n", false, []string{"b"}},
		"but this one":          {"Host ?* !a\nHost b\n", true, []string{"b"}},
		"by a Match":            {"Host b\nMatch originalhost a\n", false, []string{"b"}},
		"by another's Match":    {"Host b\nMatch host c\n", true, []string{"b"}},
		"by a Match of all":     {"Host b\nMatch all\n", true, []string{"b"}},
		"by an included file":   {"Host b\nHost *\nInclude more\n", false, []string{"a", "b"}},
		"in another's included": {"Host b\nInclude more\n", true, []string{"a", "b"}},
	} {
		_, system := tree(t, map[string]string{"home/.ssh/config": c.text, "home/.ssh/more": "Host a\n"})
		config := sshconfig.New(sshconfig.Options{System: system})
		settings, err := config.Lookup("a", sshconfig.Given{})
		if err != nil || settings.Unlisted != c.unlisted || !slices.Equal(config.Names(), c.names) {
			t.Errorf("%s: unlisted %v, names %q, %v", what, settings.Unlisted, config.Names(), err)
		}
	}
}
