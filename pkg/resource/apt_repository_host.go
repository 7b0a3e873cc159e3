package resource

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

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

// aptChange is a change of a plan with its sides read.
type aptChange struct {
	path          pathChange
	before, after aptState
	sources       []manager.AptSource
}

// asPath is the change as one of the path of its file.
func (aptRepositories) asPath(c doc.Change) doc.Change {
	c.Address = doc.NewAddress(typeFile, aptSourcesFile(c.Address.Name()))
	return c
}

// read reads a change of a plan, which may come from anywhere.
func (k aptRepositories) read(c doc.Change) (aptChange, error) {
	fail := func(err error) (aptChange, error) { return aptChange{}, fmt.Errorf("%s: %w", c.Address, err) }
	if message, _ := checkRepositoryName(c.Address.Name()); message != "" {
		return fail(errors.New(message))
	}
	var change aptChange
	var err error
	if change.path, err = readChange(k.asPath(c)); err != nil {
		return fail(err)
	}
	if change.before, err = readAttributes[aptState](c.Before); err != nil {
		return fail(err)
	}
	if change.after, err = readAttributes[aptState](c.After); err != nil {
		return fail(err)
	}
	texts := change.after.Sources
	if change.after.State == doc.Absent {
		texts = change.before.Sources
	}
	for _, text := range texts {
		s, err := manager.ParseAptSource(text)
		if err != nil {
			return fail(err)
		}
		change.sources = append(change.sources, s)
	}
	change.path.address = c.Address
	return change, nil
}

// Recheck looks at the files, and then at what apt has fetched.
func (k aptRepositories) Recheck(cs []doc.Change, _ Site) ([]Recheck, error) {
	read := make([]aptChange, len(cs))
	files := make([]doc.Change, len(cs))
	for i, c := range cs {
		var err error
		if read[i], err = k.read(c); err != nil {
			return nil, err
		}
		files[i] = k.asPath(c)
	}
	rechecks, err := recheckPaths(typeFile, files)
	if err != nil {
		return nil, err
	}
	seen := make(map[doc.Address]doc.Attributes, len(cs))
	for i, look := range rechecks {
		rechecks[i].Read = func(r shell.Result) (map[doc.Address]doc.Attributes, error) {
			found, err := look.Read(r)
			for a, state := range found {
				seen[a] = state
			}
			return nil, err
		}
	}
	return append(rechecks, Recheck{
		Name: "look at apt's sources", Script: manager.Apt{}.World(), Limit: aptSourcesLimit,
		Read: func(r shell.Result) (map[doc.Address]doc.Attributes, error) {
			world, err := manager.Apt{}.ReadWorld(r)
			if err != nil {
				return nil, err
			}
			found := make(map[doc.Address]doc.Attributes, len(cs))
			for i, c := range cs {
				state, err := readAttributes[aptState](seen[files[i].Address])
				if err != nil {
					return nil, err
				}
				if state.State == doc.Present {
					indexed := world.Indexed(read[i].sources)
					state.Indexed = &indexed
				}
				found[c.Address] = attributes(state)
			}
			return found, nil
		},
	}), nil
}

// Holds compares the file, and whether it was fetched where the side says so.
func (aptRepositories) Holds(side, found doc.Attributes) bool {
	want, err := readAttributes[aptState](side)
	have, err2 := readAttributes[aptState](found)
	if err != nil || err2 != nil || !want.heldBy(have.pathState) {
		return false
	}
	return want.Indexed == nil || have.Indexed != nil && *want.Indexed == *have.Indexed
}

// Steps fetches each repository and puts its file in place, or removes both.
func (k aptRepositories) Steps(cs []doc.Change, _ Site) ([]Work, error) {
	var works []Work
	for _, c := range cs {
		change, err := k.read(c)
		if err != nil {
			return nil, err
		}
		w := Work{
			Changes: []doc.Address{c.Address}, Alone: true,
			Read: func(r shell.Result) (Outcome, error) { return change.readStep(r) },
		}
		content := change.after.Content
		switch {
		case change.after.State == doc.Absent:
			w.Name = "remove the repository " + c.Address.Name()
			w.Script = manager.Apt{}.DropRepository(change.path.path, change.path.folder(), change.sources)
		case content == nil || content.File != nil || contentDigest(*content) != change.after.Digest || len(change.sources) == 0:
			return nil, fmt.Errorf("%s: the plan does not have the sources file that it says", c.Address)
		default:
			w.Name = "fetch the repository " + c.Address.Name()
			w.Content = content
			w.Script = manager.Apt{}.AddRepository(change.path.putArguments(), change.sources)
		}
		works = append(works, w)
	}
	return works, nil
}

// putArguments are what hk_put wants to know of a file with its content in the plan.
func (c pathChange) putArguments() [7]string {
	after := c.after
	return [7]string{
		c.path, c.folder(), strconv.FormatInt(contentSize(*after.Content), 10),
		strings.TrimPrefix(string(after.Digest), "sha256:"), string(after.Owner), string(after.Group), string(after.Mode),
	}
}

// readStep tells what the steps of paths say from what apt says.
func (c aptChange) readStep(r shell.Result) (Outcome, error) {
	if r.Status == 0 || r.Status >= 65 && r.Status <= 74 && r.Status != manager.NotHere {
		return c.path.readStep(r)
	}
	return Outcome{}, manager.Apt{}.ReadAddRepository(r)
}
