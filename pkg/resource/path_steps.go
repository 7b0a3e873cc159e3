package resource

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/shell"
)

// pathChange is a change of a path with its sides read.
type pathChange struct {
	address       doc.Address
	path          string
	before, after pathState
}

// folder is the real folder that the path must be in.
func (c pathChange) folder() string {
	if len(c.before.RealParent) > 0 {
		return string(c.before.RealParent)
	}
	return path.Dir(c.path)
}

// readChange reads a change of a plan, which may come from anywhere.
func readChange(change doc.Change) (pathChange, error) {
	c := pathChange{address: change.Address, path: change.Address.Name()}
	err := cmp.Or(jsonx.UnmarshalPart(change.Before, "/before", &c.before), jsonx.UnmarshalPart(change.After, "/after", &c.after))
	return c, cmp.Or(err, c.check())
}

// readPlace is readChange without contents, which are most of a plan and which
// few who ask about a change want.
func readPlace(change doc.Change) (pathChange, error) {
	c := pathChange{address: change.Address, path: change.Address.Name()}
	err := cmp.Or(readBare(change.Before, "/before", &c.before), readBare(change.After, "/after", &c.after))
	return c, cmp.Or(err, c.check())
}

// readBare reads a side without its content, but for a reference to a secret.
func readBare(side doc.Attributes, at string, to *pathState) error {
	var bare struct {
		pathState
		Content secretMember `json:"content"`
	}
	err := jsonx.UnmarshalPart(side, at, &bare)
	*to = bare.pathState
	if ref := bare.Content.ref; ref != nil {
		to.Content = &doc.Content{Secret: ref}
	}
	return err
}

// check refuses what no step can be made of.
func (c pathChange) check() error {
	if message, _ := checkPath(c.path); message != "" {
		return errors.New(message)
	}
	for _, s := range []pathState{c.before, c.after} {
		for _, account := range []doc.Bytes{s.Owner, s.Group} {
			if err := checkAccount(string(account)); len(account) > 0 && err != nil {
				return err
			}
		}
		if strings.Contains(s.Type+string(s.To)+string(s.RealParent), "\x00") {
			return errors.New("the plan holds a NUL byte, which no argument can")
		}
	}
	return c.checkSecret()
}

// work is the step for the change; verb says what it does.
func (c pathChange) work(verb string, script shell.Script) Work {
	return c.vetted(Work{Name: verb + " " + c.path, Changes: []doc.Address{c.address}, Script: script, Read: c.readStep})
}

// pathSteps returns a step for each change; make is the kind's.
func pathSteps(cs []doc.Change, make func(c pathChange) (Work, error)) ([]Work, error) {
	return manySteps(cs, func(pathChange) bool { return false }, nil, make)
}

// step is the step for the change. One that removes is the same for all kinds; the
// others are the kind's.
func (c pathChange) step(make func(c pathChange) (Work, error)) (Work, error) {
	var work Work
	var err error
	switch c.after.State {
	case doc.Absent:
		work = c.work("remove", shell.New(`hk_drop "$@"`, c.path, c.folder(), c.before.Type, c.kept()))
	case doc.Present:
		work, err = make(c)
	default:
		err = errors.New("does not say what is to become of it")
	}
	if err != nil {
		return Work{}, fmt.Errorf("%s: %w", c.address, err)
	}
	return work, nil
}

// adjust is the step that sets owner and mode of what stays.
func (c pathChange) adjust() Work {
	return c.work("set owner and mode of", shell.New(`hk_adjust "$@"`,
		c.path, c.folder(), c.after.Type, string(c.after.Owner), string(c.after.Group), string(c.after.Mode)))
}

// readStep takes all that a step says for its reason: a path in it may hold
// newlines. The path that it begins with goes, since the report names the address.
func (c pathChange) readStep(r shell.Result) (Outcome, error) {
	if r.Status == 0 {
		return c.backedUp(r.Stdout), nil
	}
	said, _ := bytes.CutPrefix(bytes.TrimSpace(r.Stderr), []byte(c.path+": "))
	if said := strings.ToValidUTF8(string(said), "\uFFFD"); said != "" {
		return Outcome{}, errors.New(said)
	}
	return Outcome{}, fmt.Errorf("exit status %d", r.Status)
}
