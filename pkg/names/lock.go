package names

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/shell"
)

const whatALockIs = "a lock is what hk-resolve --write-package-lock FILE writes"

// ReadLock reads a package lock strictly; name is its path, for messages. What
// a later v1 has added is kept, but a known member misspelled is refused. A lock that
// HostKit has written is taken too, see [IsHostKitLock].
func ReadLock(name string, raw []byte) (doc.PackageLock, error) {
	if err := refuseConflict(name, raw); err != nil {
		return doc.PackageLock{}, err
	}
	document, err := jsonx.Check(name, raw)
	if err != nil {
		return doc.PackageLock{}, refusal("invalid_document", err.Error(), whatALockIs+"; if this was one, take it from git, or move it away first")
	}
	read := readOurs
	if isHostKits(document) {
		read = readHostKits
	}
	lock, err := read(name, document)
	if err != nil {
		return doc.PackageLock{}, err
	}
	for repository, locked := range lock.Repositories {
		for asked, answer := range locked.Packages {
			if !Valid(asked) || answer.Package == "" {
				return doc.PackageLock{}, refusal("invalid_document",
					fmt.Sprintf("%s: %s: the entry %q names no package", name, repository, asked), "")
			}
		}
	}
	return lock, nil
}

// AddMissing is the hint where a lock lacks something.
func AddMissing(lock string) string {
	return "hk-eval CONFIG | hk-facts | hk-resolve --write-package-lock " + shell.Typed(lock) + " adds what is missing"
}

func readOurs(name string, document jsonx.Document) (doc.PackageLock, error) {
	if schema := document.Schema(); schema != string(doc.SchemaPackageLock) {
		return doc.PackageLock{}, refusal("unknown_schema",
			fmt.Sprintf("%s is not a package lock: its schema is %q, not %q", name, schema, doc.SchemaPackageLock),
			whatALockIs)
	}
	var lock doc.PackageLock
	if err := jsonx.UnmarshalGrown(document, &lock); err != nil {
		return doc.PackageLock{}, err
	}
	if err := refuseSlips(document, lock); err != nil {
		return doc.PackageLock{}, err
	}
	if err := doc.Complete(document.Raw, lock); err != nil {
		return doc.PackageLock{}, refusal("invalid_document", fmt.Sprintf("%s: %s", name, err), "")
	}
	return lock, nil
}

// locked gives what a lock calls a package in the repositories of hosts with that
// package manager.
func locked(name, manager string, lock *doc.PackageLock) []string {
	var packages []string
	if lock == nil {
		return nil
	}
	for repository, names := range lock.Repositories {
		column, _ := columnOf(repository)
		if answer, ok := names.Packages[name]; ok && slices.Contains(families[manager], column) {
			packages = append(packages, answer.Package)
		}
	}
	return packages
}

// Add puts names into the lock that it lacks, and in place of those that are
// listed in anew. What the config's own `as` says is not locked, it would outlive
// the config; what was chosen among several is. Nor is since when nobody has
// confirmed an answer: a name in a lock is confirmed by those who keep it. The
// error is a *Refusal: names of an unknown repository can't be kept.
func Add(lock *doc.PackageLock, section doc.PackageNames, anew []string) error {
	locked := lock.Repositories[section.Repository]
	packages := maps.Clone(locked.Packages)
	if packages == nil {
		packages = make(map[string]doc.PackageName)
	}
	for name, answer := range section.Names {
		_, there := packages[name]
		if Fixed(answer) || there && !slices.Contains(anew, name) {
			continue
		}
		answer.StaleSince = ""
		packages[name] = answer
	}
	switch {
	case len(packages) == 0:
		return nil
	case section.Repository == "":
		return refusal("repository_unknown", "the host's distribution is not known, so its package names can't be locked",
			"name the repository with hk-resolve --repository")
	case lock.Repositories == nil:
		lock.Repositories = make(map[string]doc.LockedRepository)
	}
	locked.Packages = packages
	lock.Repositories[section.Repository] = locked
	return nil
}

// CheckRepository refuses a lock that has nothing for the host's repository.
func CheckRepository(lock doc.PackageLock, lockName, repository string) error {
	if _, ok := lock.Repositories[repository]; ok {
		return nil
	}
	there := slices.Sorted(maps.Keys(lock.Repositories))
	what := "nothing"
	if len(there) > 0 {
		what = list(there)
	}
	if repository == "" {
		return refusal("repository_unknown",
			fmt.Sprintf("the package lock %s has names for %s, but the host's distribution is not known", lockName, what),
			"name packages with as, or the repository with hk-resolve --repository")
	}
	return refusal("lock_mismatch",
		fmt.Sprintf("the package lock %s has names for %s, not for the host's %s", lockName, what, repository),
		fmt.Sprintf("hk-resolve --write-package-lock %s adds them", shell.Typed(lockName)))
}

// CheckSection refuses a lock and a document's `packages` section that give one
// name different packages or versions.
func CheckSection(section doc.PackageNames, lock doc.PackageLock, lockName string) error {
	locked := lock.Repositories[section.Repository].Packages
	var refused []error
	for _, name := range slices.Sorted(maps.Keys(section.Names)) {
		here, there := section.Names[name], locked[name]
		if Fixed(here) || there.Package == "" || here.Package == there.Package && here.Version == there.Version {
			continue
		}
		refused = append(refused, &Refusal{
			code: "lock_mismatch",
			message: fmt.Sprintf("package %q is %s in the document and %s in the package lock %s",
				name, spelled(here), spelled(there), lockName),
			hint: "resolve with that lock: hk-resolve --package-lock " + shell.Typed(lockName),
		})
	}
	return errors.Join(refused...)
}

// spelled is a package and its version.
func spelled(n doc.PackageName) string {
	if n.Version == "" {
		return n.Package
	}
	return n.Package + " " + n.Version
}
