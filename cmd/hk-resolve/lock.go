package main

import (
	"maps"
	"slices"
	"strings"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/names"
)

// uses are names of packages, by repository. A repository without names was met,
// too.
type uses map[string]map[string]bool

// note keeps what a host takes from the lock. What the config itself says with
// `as` is not from there.
func (o *options) note(section doc.PackageNames) {
	at := section.Repository
	if o.used[at] == nil {
		o.used[at], o.unpinned[at] = make(map[string]bool), make(map[string]bool)
	}
	for name, answer := range section.Names {
		if !names.Fixed(answer) {
			o.used[at][name] = true
		}
		if answer.Source == "lock" && answer.Version == "" {
			o.unpinned[at][name] = true
		}
	}
}

// tell says which entries of the lock nothing uses any more, and which --pin has
// left without a version. They stay as they are: another stream may have hosts
// that need them, and only --update asks again.
func (o *options) tell(s cli.Streams) {
	if o.resolve.Grow.Mise != nil && !o.usesMise {
		s.Say("%s: nothing in the stream uses its release of mise: what no other host needs can be deleted there", o.writeFile)
	}
	for _, repository := range slices.Sorted(maps.Keys(o.used)) {
		idle := slices.Sorted(maps.Keys(o.resolve.Grow.Repositories[repository].Packages))
		idle = slices.DeleteFunc(idle, func(name string) bool { return o.used[repository][name] })
		if len(idle) > 0 {
			s.Say("%s: nothing in the stream uses %s on %s: what no other host needs can be deleted there",
				o.writeFile, strings.Join(idle, ", "), repository)
		}
		if free := slices.Sorted(maps.Keys(o.unpinned[repository])); o.pin && len(free) > 0 {
			s.Say("%s: entries of %s that were there stay without a version: %s; --update all --pin pins every name",
				o.writeFile, repository, strings.Join(free, ", "))
		}
	}
}
