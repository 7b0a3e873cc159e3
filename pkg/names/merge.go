package names

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"hostkit/pkg/doc"
)

// Merge puts what ours has beyond base into theirs, which another process has made
// of base in the meantime. It only adds and replaces entries, as those who write
// locks do. The error is a *Refusal that names the entries which both have changed,
// and not to the same.
func Merge(name string, base, ours, theirs doc.PackageLock) (doc.PackageLock, error) {
	merged := theirs
	merged.Repositories = maps.Clone(theirs.Repositories)
	if merged.Repositories == nil {
		merged.Repositories = make(map[string]doc.LockedRepository)
	}
	var both []string
	for _, repository := range slices.Sorted(maps.Keys(ours.Repositories)) {
		before, there := base.Repositories[repository].Packages, theirs.Repositories[repository].Packages
		packages := maps.Clone(there)
		if packages == nil {
			packages = make(map[string]doc.PackageName)
		}
		for _, asked := range slices.Sorted(maps.Keys(ours.Repositories[repository].Packages)) {
			own, old := ours.Repositories[repository].Packages[asked], before[asked]
			switch theirs, found := there[asked]; {
			case reflect.DeepEqual(own, old):
			case found && !reflect.DeepEqual(theirs, old) && !reflect.DeepEqual(theirs, own):
				both = append(both, fmt.Sprintf("%s on %s", asked, repository))
			default:
				packages[asked] = own
			}
		}
		if len(packages) == 0 {
			continue
		}
		locked, found := merged.Repositories[repository]
		if !found {
			locked = ours.Repositories[repository]
		}
		locked.Packages = packages
		merged.Repositories[repository] = locked
	}
	switch {
	case reflect.DeepEqual(ours.Mise, base.Mise), reflect.DeepEqual(ours.Mise, theirs.Mise):
	case !reflect.DeepEqual(theirs.Mise, base.Mise):
		both = append(both, "mise")
	default:
		merged.Mise = ours.Mise
	}
	if both != nil {
		return doc.PackageLock{}, refusal("lock_changed",
			fmt.Sprintf("another process has changed %s in the meantime, %s otherwise than this one", name, Few(both)), "run it again")
	}
	return merged, nil
}
