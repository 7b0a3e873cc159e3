package resource

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
	"hostkit/pkg/shell"
)

// at are the changes as ones of the paths of their files.
func (dnfRepositories) at(cs []doc.Change, file func(name string) string) ([]doc.Change, error) {
	paths := make([]doc.Change, len(cs))
	for i, c := range cs {
		if message, _ := checkRepositoryName(c.Address.Name()); message != "" {
			return nil, fmt.Errorf("%s: %s", c.Address, message)
		}
		paths[i] = c
		paths[i].Address = doc.NewAddress(typeFile, file(c.Address.Name()))
	}
	return paths, nil
}

// Recheck looks at the keys, and then at the files.
func (k dnfRepositories) Recheck(cs []doc.Change, _ Site) ([]Recheck, error) {
	files, err := k.at(cs, dnfRepositoryFile)
	if err != nil {
		return nil, err
	}
	keys, err := k.at(cs, dnfKeyFile)
	if err != nil {
		return nil, err
	}
	seen := map[doc.Address]doc.Attributes{}
	looks, err := recheckPaths(typeFile, append(keys, files...))
	if err != nil {
		return nil, err
	}
	for i, look := range looks {
		looks[i].Read = func(r shell.Result) (map[doc.Address]doc.Attributes, error) {
			found, err := look.Read(r)
			if err != nil {
				return nil, err
			}
			for a, state := range found {
				seen[a] = state
			}
			if i+1 < len(looks) {
				return nil, nil
			}
			return together(cs, files, keys, seen)
		}
	}
	return looks, nil
}

// together gives the states of repositories from those of their files.
func together(cs, files, keys []doc.Change, seen map[doc.Address]doc.Attributes) (map[doc.Address]doc.Attributes, error) {
	all := make(map[doc.Address]doc.Attributes, len(cs))
	for i, c := range cs {
		state, err := readAttributes[dnfState](seen[files[i].Address])
		key, err2 := readAttributes[pathState](seen[keys[i].Address])
		if err := errors.Join(err, err2); err != nil {
			return nil, err
		}
		state.KeyDigest = key.Digest
		all[c.Address] = attributes(state)
	}
	return all, nil
}

// Holds compares the file, and the key where the side has one.
func (dnfRepositories) Holds(side, found doc.Attributes) bool {
	want, err := readAttributes[dnfState](side)
	have, err2 := readAttributes[dnfState](found)
	return err == nil && err2 == nil && want.heldBy(have.pathState) &&
		(want.KeyDigest == "" || want.KeyDigest == have.KeyDigest)
}

// Steps fetches each repository and puts its files in place, or removes them.
func (k dnfRepositories) Steps(cs []doc.Change, _ Site) ([]Work, error) {
	files, err := k.at(cs, dnfRepositoryFile)
	if err != nil {
		return nil, err
	}
	var works []Work
	for i, c := range cs {
		path, err := readChange(files[i])
		after, err2 := readAttributes[dnfState](c.After)
		if err := errors.Join(err, err2); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Address, err)
		}
		path.address = c.Address
		w := Work{
			Changes: []doc.Address{c.Address}, Alone: true,
			Read: func(r shell.Result) (Outcome, error) {
				if r.Status == 0 || r.Status >= 65 && r.Status <= 74 && r.Status != manager.NotHere {
					return path.readStep(r)
				}
				err := manager.Dnf{}.ReadRefresh(r)
				return Outcome{Output: reported(err)}, err
			},
		}
		name, content := c.Address.Name(), after.Content
		switch {
		case after.State == doc.Absent:
			w.Name = "remove the repository " + name
			w.Script = manager.Dnf{}.DropRepository(path.path, path.folder(), dnfKeyFile(name))
		case content == nil || content.File != nil || contentDigest(*content) != after.Digest ||
			strings.Contains(after.Key, "\x00") || digestOf([]byte(after.Key)) != after.KeyDigest:
			return nil, fmt.Errorf("%s: the plan does not have the files that it says", c.Address)
		default:
			w.Name, w.Content = "fetch the repository "+name, content
			w.Script = manager.Dnf{}.AddRepository(path.putArguments(), after.Key, dnfKeyFile(name),
				strconv.Itoa(len(after.Key)), after.KeyDigest.Hex())
		}
		works = append(works, w)
	}
	return works, nil
}

// Unforeseen is whether the repository is there, and signed with that key.
func (dnfRepositories) Unforeseen(cs []doc.Change) map[doc.Address]string {
	return ofEach(arriving(cs), unfetched)
}
