package resource

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
)

// Undo writes the old content again, from the plan or from the host's backup.
func (files) Undo(c doc.Change, r *doc.ChangeReport) ([]doc.Change, error) {
	return undoPath(c, func(old *pathState) error { return old.regain(r) })
}

// Undo removes the folder only if it is empty by then.
func (directories) Undo(c doc.Change, _ *doc.ChangeReport) ([]doc.Change, error) {
	return undoPath(c, nil)
}

// Undo lets the link lead where it led.
func (symlinks) Undo(c doc.Change, _ *doc.ChangeReport) ([]doc.Change, error) {
	return undoPath(c, nil)
}

// Undo removes the program, or gives it its old mode. The one that was there is not
// kept: it is large, and its release has it.
func (mises) Undo(c doc.Change, _ *doc.ChangeReport) ([]doc.Change, error) {
	return undoPath(c, func(*pathState) error {
		return errors.New("the program that was there before is not kept; the config can name its version")
	})
}

// undoPath turns a change of a path round. regain finds the content that was
// there; it is called only where another one is there now, and is nil for what has
// no content.
func undoPath(change doc.Change, regain func(old *pathState) error) ([]doc.Change, error) {
	c, err := readChange(change)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", change.Address, err)
	}
	finds, leaves := c.after, c.before
	finds.FromBackup, leaves.Empty = false, nil
	switch {
	case leaves.State == doc.Absent:
	case finds.State == doc.Present && finds.sameContent(leaves):
		finds.Content, leaves.Content = nil, finds.reference()
	case regain != nil:
		if err := regain(&leaves); err != nil {
			return nil, err
		}
	}
	before, err := json.Marshal(finds)
	after, err2 := json.Marshal(leaves)
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	return []doc.Change{turned(change, before, after)}, nil
}

// regain says where the content of a file comes from that is there no more: from
// the plan, which had it for people, or from what the host has kept.
func (old *pathState) regain(r *doc.ChangeReport) error {
	switch {
	case old.Stamp != "":
		return errors.New("its old content is neither in the plan nor kept on the host: the file holds a secret")
	case old.Digest == "":
		return errors.New("the plan does not say what its old content was")
	case old.Content != nil && contentDigest(*old.Content) == old.Digest:
		return nil
	case old.Sensitive:
		return errors.New("its old content is neither in the plan nor kept on the host: the file is sensitive")
	case r == nil:
		return errors.New("its old content is not in the plan: take back the report of the apply, which names the backup on the host")
	case r.Backup == "" && !r.BegunBefore:
		return errors.New("its old content is neither in the plan nor kept on the host")
	}
	old.Content, old.FromBackup = nil, true
	return nil
}
