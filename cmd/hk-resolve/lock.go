package main

import (
	"maps"
	"slices"
	"strings"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
)

// uses are the names that the documents take from the lock, by repository. A
// repository without names was met, too.
type uses map[string]map[string]bool

// add notes what a document takes. What the config itself says with `as` is not
// from the lock.
func (u uses) add(section doc.PackageNames) {
	if u[section.Repository] == nil {
		u[section.Repository] = make(map[string]bool)
	}
	for name, answer := range section.Names {
		if answer.Source != "as" {
			u[section.Repository][name] = true
		}
	}
}

// tell says which entries of the lock nothing uses any more. They stay: another
// stream may have hosts that need them.
func (u uses) tell(s cli.Streams, path string, lock doc.PackageLock) {
	for _, repository := range slices.Sorted(maps.Keys(u)) {
		idle := slices.Sorted(maps.Keys(lock.Repositories[repository].Packages))
		idle = slices.DeleteFunc(idle, func(name string) bool { return u[repository][name] })
		if len(idle) > 0 {
			s.Say("%s: nothing in the stream uses %s on %s: what no other host needs can be deleted there",
				path, strings.Join(idle, ", "), repository)
		}
	}
}
