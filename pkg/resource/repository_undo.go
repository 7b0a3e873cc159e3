package resource

import (
	"errors"

	"hostkit/pkg/doc"
)

// Undo removes what was added, and fetches again what was there before, where the
// plan holds the file.
func (k aptRepositories) Undo(c doc.Change, _ *doc.ChangeReport) ([]doc.Change, error) {
	read, err := k.read(c)
	if err != nil {
		return nil, err
	}
	finds, leaves := read.after, read.before
	switch {
	case leaves.State == doc.Absent:
	case finds.State == doc.Present && finds.Digest == leaves.Digest:
		return nil, errors.New("that its index was fetched is not taken back: nothing depends on its age")
	case leaves.Content == nil || contentDigest(*leaves.Content) != leaves.Digest:
		return nil, errors.New("the plan does not hold the sources file that was there before")
	case len(leaves.Sources) == 0:
		return nil, errors.New("the plan does not say which sources the file named that was there before")
	default:
		yes := true
		leaves.Indexed = &yes
	}
	return []doc.Change{turned(c, attributes(finds), attributes(leaves))}, nil
}

// Undo removes what was added. The key that was there before is in no plan.
func (k dnfRepositories) Undo(c doc.Change, _ *doc.ChangeReport) ([]doc.Change, error) {
	if _, err := k.at([]doc.Change{c}, dnfRepositoryFile); err != nil {
		return nil, err
	}
	finds, err := readAttributes[dnfState](c.After)
	leaves, err2 := readAttributes[dnfState](c.Before)
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	if leaves.State != doc.Absent {
		return nil, errors.New("the plan does not hold the key that was there before")
	}
	return []doc.Change{turned(c, attributes(finds), attributes(leaves))}, nil
}

// Undo leaves the index as it is.
func (packageIndexes) Undo(doc.Change, *doc.ChangeReport) ([]doc.Change, error) {
	return nil, errors.New("an index that was fetched stays: nothing but what can be installed depends on it")
}

// Undo removes the version of the tool that was installed, or installs the one that
// was removed.
func (miseTools) Undo(c doc.Change, _ *doc.ChangeReport) ([]doc.Change, error) {
	if _, err := readToolChange(c); err != nil {
		return nil, err
	}
	return []doc.Change{turned(c, c.After, c.Before)}, nil
}
