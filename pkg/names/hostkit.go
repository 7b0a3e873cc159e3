package names

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// hostKitLock is the lock that HostKit, the system in Elixir, writes under the
// same name (lib/host_kit/package/lock.ex): names of one repository.
type hostKitLock struct {
	Version int `json:"version"`
	// Target is the repository; HostKit leaves it null when it did not know.
	Target   string            `json:"target"`
	Packages map[string]string `json:"packages"`
}

// IsHostKitLock reports whether a lock is one that HostKit has written, which
// [ReadLock] takes too.
func IsHostKitLock(raw []byte) bool {
	document, err := jsonx.Check("", raw)
	return err == nil && isHostKits(document)
}

func isHostKits(document jsonx.Document) bool {
	_, hasVersion := jsonx.Member(document.Raw, "version")
	_, hasPackages := jsonx.Member(document.Raw, "packages")
	_, hasSchema := jsonx.Member(document.Raw, "schema")
	return hasVersion && hasPackages && !hasSchema
}

// alpineRelease is how HostKit names Alpine's repositories: with the number of the
// point release, of which the repository knows nothing.
var alpineRelease = regexp.MustCompile(`^(alpine_[0-9]+_[0-9]+)_[0-9]+$`)

// readHostKits reads a lock of HostKit as one of ours.
func readHostKits(name string, document jsonx.Document) (doc.PackageLock, error) {
	var theirs hostKitLock
	if err := jsonx.Unmarshal(document, &theirs); err != nil {
		return doc.PackageLock{}, err
	}
	switch {
	case theirs.Version != 1:
		return doc.PackageLock{}, refusal("unknown_schema",
			fmt.Sprintf("%s is a package lock of HostKit of version %d; only 1 is known", name, theirs.Version), "")
	case theirs.Target == "":
		return doc.PackageLock{}, refusal("invalid_document",
			fmt.Sprintf("%s is a package lock of HostKit that does not say which distribution its names are of", name),
			`write "target": "debian_12" into it, or whichever it is`)
	}
	packages := make(map[string]doc.PackageName, len(theirs.Packages))
	for _, asked := range slices.Sorted(maps.Keys(theirs.Packages)) {
		packages[asked] = doc.PackageName{Package: theirs.Packages[asked], Source: "lock", Rule: "lock of HostKit"}
	}
	target := alpineRelease.ReplaceAllString(theirs.Target, "$1")
	return doc.PackageLock{Repositories: map[string]doc.LockedRepository{target: {Packages: packages}}}, nil
}
