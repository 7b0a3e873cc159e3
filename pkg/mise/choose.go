package mise

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
	"hostkit/pkg/names"
)

// request is a resource that wants a release, and does not say itself where the
// program is from.
type request struct {
	version, declaredAt string
}

func requests(rs []doc.Resource) ([]request, error) {
	var reqs []request
	for _, r := range rs {
		if r.Kind != Kind || r.State == doc.Absent {
			continue
		}
		var spec struct {
			Version string  `json:"version"`
			URL     string  `json:"url"`
			Content doc.Raw `json:"content"`
		}
		if err := json.Unmarshal(r.Spec, &spec); len(r.Spec) > 0 && err != nil {
			return nil, names.Refusef("invalid_document", "", "%s: version and url want to be strings", r.Address)
		}
		if spec.URL == "" && spec.Content == nil {
			reqs = append(reqs, request{spec.Version, r.DeclaredAt})
		}
	}
	return reqs, nil
}

// Resolve says which release the resources get, nil where none of them needs one:
// the lock's, or else the one that is embedded, of which the version must be the
// config's where that gives one. Of o.Anew, "mise" counts. The error is a
// *[names.Refusal].
func Resolve(rs []doc.Resource, o names.Options) (*doc.MiseRelease, error) {
	reqs, err := requests(rs)
	if err != nil || len(reqs) == 0 {
		return nil, err
	}
	version, at := "", ""
	for _, q := range reqs {
		if version != "" && q.version != "" && q.version != version {
			return nil, names.Refusef("contradiction", "keep one of the two", "mise is wanted at %s (%s) and at %s (%s)", version, at, q.version, q.declaredAt)
		}
		if q.version != "" || at == "" {
			version, at = cmp.Or(q.version, version), q.declaredAt
		}
	}
	if o.Lock != nil && o.Lock.Mise != nil && !slices.Contains(o.Anew, Kind) {
		return locked(*o.Lock.Mise, o.LockName, version, at)
	}
	if o.Closed {
		return nil, names.Refusef("not_locked", names.AddMissing(o.LockName),
			"the package lock %s has no release of mise", o.LockName)
	}
	own := Embedded()
	if version != "" && version != own.Version {
		return nil, names.Refusef("no_checksum",
			fmt.Sprintf(`write "url": %q, "checksum": "sha256:…" beside it; without a version you get %s`, ReleaseURL(version, "linux-x64"), own.Version),
			"no checksum is known of mise %s (%s)", version, at)
	}
	return &own, nil
}

func locked(release doc.MiseRelease, lockName, version, at string) (*doc.MiseRelease, error) {
	if version != "" && version != release.Version {
		return nil, names.Refusef("lock_mismatch", fmt.Sprintf("hk-resolve --update mise --write-package-lock %s replaces it", lockName),
			"the config wants mise %s (%s), and the package lock %s has %s", version, at, lockName, release.Version)
	}
	for _, platform := range slices.Sorted(maps.Keys(release.Builds)) {
		if message, _ := CheckURL(release.Builds[platform].URL); message != "" {
			return nil, names.Refusef("invalid_document", "", "the package lock %s: mise for %s: %s", lockName, platform, message)
		}
	}
	release.Source = "lock"
	return &release, nil
}

// ForHost gives the release of a document as hk-plan needs it: what hk-resolve has
// written into the document, or else resolved here. With o.Lock, which must then
// agree with what the document says, only the lock is asked. The error is a
// *[names.Refusal].
func ForHost(d doc.HostDocument, o names.Options) (*doc.MiseRelease, error) {
	reqs, err := requests(d.Resources)
	if err != nil || len(reqs) == 0 {
		return nil, err
	}
	if o.Lock != nil {
		o.Closed = true
		chosen, err := Resolve(d.Resources, o)
		if err == nil && d.Packages != nil && d.Packages.Mise != nil {
			err = agree(*d.Packages.Mise, *chosen, o.LockName)
		}
		return chosen, err
	}
	if d.Packages == nil {
		return Resolve(d.Resources, o)
	}
	return fromSection(reqs, d.Packages.Mise)
}

// fromSection takes the release from the document. It may be older than its
// resources.
func fromSection(reqs []request, release *doc.MiseRelease) (*doc.MiseRelease, error) {
	outdated := func(why string) error {
		return names.Refusef("not_resolved", "run hk-resolve again", "mise: the document's package names are older than its resources: %s", why)
	}
	if release == nil {
		return nil, outdated("they name no release")
	}
	for _, q := range reqs {
		if q.version != "" && q.version != release.Version {
			return nil, outdated(fmt.Sprintf("they name %s, the config %s (%s)", release.Version, q.version, q.declaredAt))
		}
	}
	return release, nil
}

// agree refuses a document and a lock that name different releases, or the same
// with other builds.
func agree(here, there doc.MiseRelease, lockName string) error {
	hint := "resolve with that lock: hk-resolve --package-lock " + lockName
	if here.Version != there.Version {
		return names.Refusef("lock_mismatch", hint, "mise is %s in the document and %s in the package lock %s", here.Version, there.Version, lockName)
	}
	for _, platform := range slices.Sorted(maps.Keys(there.Builds)) {
		if in, ok := here.Builds[platform]; ok && in != there.Builds[platform] {
			return names.Refusef("lock_mismatch", hint, "mise %s for %s is %s in the document and %s in the package lock %s",
				here.Version, platform, in.Checksum, there.Builds[platform].Checksum, lockName)
		}
	}
	return nil
}

// Lock puts a release into a lock that has none, or whose own is listed in anew.
func Lock(lock *doc.PackageLock, release *doc.MiseRelease, anew []string) {
	if release == nil || lock.Mise != nil && !slices.Contains(anew, Kind) {
		return
	}
	kept := *release
	kept.Source = ""
	lock.Mise = &kept
}
