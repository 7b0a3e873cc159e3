package resource

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
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

// work is the step for the change; verb says what it does.
func (c pathChange) work(verb string, script shell.Script) Work {
	return Work{Name: verb + " " + c.path, Changes: []doc.Address{c.address}, Script: script, Read: readPathStep}
}

// pathSteps returns a step for each change. One that removes is the same for all
// kinds; the others are the kind's.
func pathSteps(cs []doc.Change, close func(c pathChange) (Work, error)) ([]Work, error) {
	works := make([]Work, 0, len(cs))
	for _, change := range cs {
		c := pathChange{address: change.Address, path: change.Address.Name()}
		if err := errors.Join(json.Unmarshal(change.Before, &c.before), json.Unmarshal(change.After, &c.after)); err != nil {
			return nil, fmt.Errorf("%s: %w", c.address, err)
		}
		if message, _ := checkPath(c.path); message != "" {
			return nil, fmt.Errorf("%s: %s", c.address, message)
		}
		var work Work
		var err error
		switch c.after.State {
		case doc.Absent:
			work = c.work("remove", shell.New(`hk_drop "$@"`, c.path, c.folder(), change.Kind))
		case doc.Present:
			work, err = close(c)
		default:
			err = errors.New("does not say what is to become of it")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.address, err)
		}
		works = append(works, work)
	}
	return works, nil
}

// adjust is the step that sets owner and mode of what stays.
func (c pathChange) adjust(kind string) Work {
	return c.work("set owner and mode of", shell.New(`hk_adjust "$@"`,
		c.path, c.folder(), kind, string(c.after.Owner), string(c.after.Group), string(c.after.Mode)))
}

// readPathStep takes all that a step says for its reason: a path in it may hold
// newlines.
func readPathStep(r shell.Result) (Outcome, error) {
	if r.Status == 0 {
		return Outcome{}, nil
	}
	if said := strings.ToValidUTF8(string(bytes.TrimSpace(r.Stderr)), "\uFFFD"); said != "" {
		return Outcome{}, errors.New(said)
	}
	return Outcome{}, fmt.Errorf("exit status %d", r.Status)
}
