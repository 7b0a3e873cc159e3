package main

import (
	"slices"
	"strings"

	"hostkit/pkg/cli"
	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/facts"
)

// allGroups stands for all of them.
const allGroups = "all"

// groupNames are the words that --groups takes.
func groupNames() []string {
	names := make([]string, 0, len(facts.Groups)+1)
	for _, g := range facts.Groups {
		names = append(names, g.Name())
	}
	return append(names, allGroups)
}

// chosenGroups gives each group that is named in the lists with commas once, in
// the order of facts.Groups, so that the order of the words changes nothing.
func chosenGroups(lists []string) ([]facts.Group, error) {
	known := groupNames()
	chosen := map[string]bool{}
	for _, list := range lists {
		for name := range strings.SplitSeq(list, ",") {
			if !slices.Contains(known, name) {
				return nil, unknownGroup(name, known)
			}
			chosen[name] = true
		}
	}
	var groups []facts.Group
	for _, g := range facts.Groups {
		if chosen[g.Name()] || chosen[allGroups] {
			groups = append(groups, g)
		}
	}
	return groups, nil
}

func unknownGroup(name string, known []string) error {
	list := "the groups are " + strings.Join(known, ", ")
	if near, ok := suggest.Nearest(name, known); ok {
		list = "did you mean " + near + "; " + list
	}
	return cli.Usagef("--groups: unknown group %q", name).WithHint("%s", list)
}
