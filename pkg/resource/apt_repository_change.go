package resource

import (
	"errors"
	"fmt"
	"strconv"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
	"hostkit/pkg/shell"
)

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
		after.Digest.Hex(), string(after.Owner), string(after.Group), string(after.Mode),
	}
}

// readStep tells what the steps of paths say from what apt says.
func (c aptChange) readStep(r shell.Result) (Outcome, error) {
	if r.Status == 0 || r.Status >= 65 && r.Status <= 74 && r.Status != manager.NotHere {
		return c.path.readStep(r)
	}
	return Outcome{}, manager.Apt{}.ReadAddRepository(r)
}

// Unforeseen is whether the repository is there, and signed with that key.
func (aptRepositories) Unforeseen(cs []doc.Change) map[doc.Address]string {
	return ofEach(arriving(cs), unfetched)
}

// unfetched is what a dry run can't know of a repository.
const unfetched = "whether it can be had with that key is known when it is fetched"
