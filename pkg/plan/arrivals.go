package plan

import (
	"slices"
	"strings"

	"hostkit/pkg/doc"
)

// bringers are the kept changes that may bring a path which is not to be there, and is
// not: what it is declared to depend on, or a package with the path's name that is
// installed. Nothing that a plan could hold says what comes, so a person is told to plan
// again behind it; what was never seen is not deleted.
func (m *maker) bringers(r doc.Resource, kept map[doc.Address]bool) []doc.Address {
	if r.State != doc.Absent || !m.isPath(r) {
		return nil
	}
	var all []doc.Address
	for _, other := range m.resources {
		a := other.Address
		if !kept[a] || other.State == doc.Absent || m.isPath(other) {
			continue
		}
		installed := other.Kind == "package" && m.differences[a].Action == doc.Create && namedIn(r.Name, a.Name())
		if installed || slices.Contains(r.DependsOn, a) {
			all = append(all, a)
		}
	}
	slices.Sort(all)
	return all
}

// isPath reports whether a resource is a path, which packages and commands bring.
func (m *maker) isPath(r doc.Resource) bool {
	for _, h := range m.kinds.of(r.Address).Ties(r).Provides {
		if strings.HasPrefix(string(h), "path:") {
			return true
		}
	}
	return false
}
