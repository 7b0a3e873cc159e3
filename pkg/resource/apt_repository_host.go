package resource

import (
	"errors"
	"fmt"
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
	"hostkit/pkg/shell"
)

// aptSourcesLimit is room for all sources files of a host, with the keys in them.
const aptSourcesLimit = 8 << 20

// aptObservation is what hk-facts tells of a repository, beside what it tells of
// the path of its file.
type aptObservation struct {
	pathObservation
	// Apt is the version of apt.
	Apt string `json:"apt,omitzero"`
	// Indexed says that apt has fetched what is wanted.
	Indexed bool `json:"indexed,omitzero"`
	// Sources are what the file names that no other does, as "URI SUITE COMPONENT…".
	Sources []string `json:"sources,omitzero"`
	// Elsewhere are other files that name what is wanted.
	Elsewhere []string `json:"elsewhere,omitzero"`
	// KeyExpired says that the key has expired by the host's clock.
	KeyExpired bool `json:"key_expired,omitzero"`
}

// aptState is one side of a change of a repository.
type aptState struct {
	pathState
	// Indexed says that apt has fetched the sources.
	Indexed *bool `json:"indexed,omitzero"`
	// Sources are what the file names, as "URI SUITE COMPONENT…"; they are not
	// compared, since the digest is.
	Sources []string `json:"sources,omitzero"`
}

// atFile is the resource as one of the path of its file.
func atFile(r doc.Resource, file string) doc.Resource {
	r.Name = file
	return r
}

// Survey looks at the files, and asks once what apt knows.
func (aptRepositories) Survey(rs []doc.Resource, _ Site) ([]Probe, error) {
	var named, files []doc.Resource
	for _, r := range rs {
		if message, _ := checkRepositoryName(r.Name); message != "" {
			return nil, fmt.Errorf("%s: %s", r.Address, message)
		}
		named, files = append(named, r), append(files, atFile(r, aptSourcesFile(r.Name)))
	}
	shown := func(doc.Resource) bool { return true }
	nobody := func(doc.Resource) Ownership { return Ownership{} }
	return append(surveyPaths(typeFile, files, shown, nobody), Probe{
		Name: "look at apt's sources", Script: manager.Apt{}.World(), Limit: aptSourcesLimit,
		Read: func(result shell.Result, facts *doc.Facts) error {
			world, err := manager.Apt{}.ReadWorld(result)
			for _, r := range named {
				if err != nil {
					facts.Observed[r.Address] = doc.Observation{Error: packageFactError(err)}
				} else if err := observeApt(r, world, facts); err != nil {
					return err
				}
			}
			return nil
		},
	}), nil
}

// observeApt adds to what is known of the file.
func observeApt(r doc.Resource, world manager.AptWorld, facts *doc.Facts) error {
	found := facts.Observed[r.Address]
	if found.Error != nil {
		return nil
	}
	seen, err := readAttributes[aptObservation](found.Attributes)
	if err != nil {
		return err
	}
	var spec aptRepositorySpec
	if err := decodeSpec(r, &spec); err != nil {
		return err
	}
	own := aptSourcesFile(r.Name)
	wanted, others := spec.sources(), map[string][]manager.AptSource{}
	for file, text := range world.Files {
		if file != own {
			others[file] = manager.ReadAptSources(file, text)
		}
	}
	seen.Apt, seen.KeyExpired, seen.Indexed = world.Version, spec.expired(world.Now), world.Indexed(wanted)
	for _, file := range sortedKeys(others) {
		if slices.ContainsFunc(wanted, func(s manager.AptSource) bool { return slices.ContainsFunc(others[file], s.Same) }) {
			seen.Elsewhere = append(seen.Elsewhere, file)
		}
	}
	for _, s := range manager.ReadAptSources(own, world.Files[own]) {
		shared := slices.ContainsFunc(sortedKeys(others), func(file string) bool { return slices.ContainsFunc(others[file], s.Same) })
		if _, err := manager.ParseAptSource(s.String()); err == nil && !shared {
			seen.Sources = append(seen.Sources, s.String())
		}
	}
	found.Attributes = attributes(seen)
	facts.Observed[r.Address] = found
	return nil
}

// Compare wants the file with the key in it, and the index of the repository.
func (aptRepositories) Compare(r doc.Resource, w World) (Difference, error) {
	if err := notOf(manager.Apt{}, r, w); err != nil {
		return Difference{}, err
	}
	var spec aptRepositorySpec
	if err := decodeSpec(r, &spec); err != nil {
		return Difference{}, err
	}
	content := doc.Content{Bytes: spec.file()}
	want := pathState{State: doc.Present, Type: typeFile, Content: &content, Digest: contentDigest(content)}
	d, err := comparePath(atFile(r, aptSourcesFile(r.Name)), w, want, newFileMode)
	if err != nil {
		return Difference{}, err
	}
	seen, err := readAttributes[aptObservation](w.Facts.Observed[r.Address].Attributes)
	if err != nil {
		return Difference{}, err
	}
	if r.State == doc.Absent {
		return aptUnwanted(d, seen)
	}
	if d.Action == "" && seen.Indexed {
		return Difference{}, nil
	}
	if err := aptAddable(r, spec, seen, w); err != nil {
		return Difference{}, err
	}
	return aptWanted(d, spec, seen, want)
}

func aptUnwanted(d Difference, seen aptObservation) (Difference, error) {
	if d.Action == "" {
		return d, nil
	}
	before, err := readAttributes[aptState](d.Before)
	before.Sources = seen.Sources
	d.Before = attributes(before)
	return d, err
}

func aptWanted(d Difference, spec aptRepositorySpec, seen aptObservation, want pathState) (Difference, error) {
	yes, no := true, false
	var before, after aptState
	if d.Action == "" {
		d.Action, d.Reason = doc.Update, "not fetched"
		before = aptState{pathState: seen.before(want), Indexed: &no}
		after = aptState{pathState: want}
		after.RealParent = seen.RealParent
	} else {
		var err, err2 error
		before, err = readAttributes[aptState](d.Before)
		after, err2 = readAttributes[aptState](d.After)
		if err := errors.Join(err, err2); err != nil {
			return Difference{}, err
		}
	}
	after.Indexed = &yes
	for _, s := range spec.sources() {
		after.Sources = append(after.Sources, s.String())
	}
	d.Before, d.After = attributes(before), attributes(after)
	return d, nil
}

// aptAddable refuses what apt would not take, or what would make it take nothing
// at all.
func aptAddable(r doc.Resource, spec aptRepositorySpec, seen aptObservation, w World) error {
	if !(manager.AptWorld{Version: seen.Apt}).TakesKeys() {
		return &Refusal{
			Code:    "unsupported",
			Message: fmt.Sprintf("the host's apt is %s; apt reads a key in a sources file since %s", seen.Apt, manager.AptWithKeys),
			Hint:    "upgrade the host's distribution, or write the files with files",
		}
	}
	if seen.KeyExpired {
		return spec.refuseExpired()
	}
	for _, file := range seen.Elsewhere {
		address := doc.NewAddress(typeFile, file)
		goes := slices.Contains(r.DependsOn, address) && slices.ContainsFunc(w.Resources, func(other doc.Resource) bool {
			return other.Address == address && other.State == doc.Absent
		})
		if !goes {
			return &Refusal{
				Code:    "configured_elsewhere",
				Message: fmt.Sprintf("%s names the same repository, and apt takes nothing from two files that differ on its key", file),
				Hint: fmt.Sprintf("if that file is to go, declare it under files with \"state\": \"absent\", and give this \"depends_on\": [%q]",
					address),
			}
		}
	}
	return nil
}
