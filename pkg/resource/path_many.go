package resource

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// New paths of one folder that are to be dressed alike are made by one step, which
// takes a handful of processes whatever their number. Fewer than manyLeast would
// take no more one by one. The names are arguments of one process (lookBytes), and
// what such a step brings is one of the things that are pushed ahead.
const (
	manyLeast   = 4
	manyMost    = 1000
	manyContent = 2 << 20
	// manyName is how long a name may be that stands in an archive's header with
	// "./" before it: longer ones are written in several ways.
	manyName = 98
)

// alike is what paths have in common that one step makes.
type alike struct{ above, folder, owner, group, mode string }

// many is changes that one step makes.
type many struct {
	alike
	changes []pathChange
	// names and content are the bytes of them.
	names, content int
}

// manyOf sorts out of changes what is made in one step, and returns the others too.
func manyOf(cs []pathChange, fits func(c pathChange) bool) (together []*many, others []pathChange) {
	open := make(map[alike]*many)
	for _, c := range cs {
		name := path.Base(c.path)
		if !fits(c) || c.before.State != doc.Absent || c.after.State != doc.Present || c.after.Mode == "" || len(name) > manyName || vetOf(c.place()) != "" {
			others = append(others, c)
			continue
		}
		key := alike{path.Dir(c.path), c.folder(), string(c.after.Owner), string(c.after.Group), string(c.after.Mode)}
		size := 0
		if c.after.Content != nil {
			size = len(c.after.Content.Bytes)
		}
		m := open[key]
		if m == nil || len(m.changes) == manyMost || m.names+len(name)+11 > lookBytes || m.content+size > manyContent {
			m = &many{alike: key}
			open[key], together = m, append(together, m)
		}
		m.changes = append(m.changes, c)
		m.names += len(name) + 11
		m.content += size
	}
	return together, others
}

// manySteps returns the steps for changes of which many may be made together, by
// the function make; one makes one change.
func manySteps(cs []doc.Change, fits func(c pathChange) bool, make func(m *many) (Work, error), one func(c pathChange) (Work, error)) ([]Work, error) {
	var all []pathChange
	for _, change := range cs {
		c, err := readChange(change)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", change.Address, err)
		}
		all = append(all, c)
	}
	together, others := manyOf(all, fits)
	var works []Work
	for _, m := range together {
		if len(m.changes) < manyLeast {
			others = append(others, m.changes...)
			continue
		}
		work, err := make(m)
		if err != nil {
			return nil, err
		}
		works = append(works, work)
	}
	for _, c := range others {
		work, err := c.step(one)
		if err != nil {
			return nil, err
		}
		works = append(works, work)
	}
	return works, nil
}

// work is the step for the changes: "write 500 files in /etc/site".
func (m *many) work(verb, what string, script shell.Script) Work {
	w := Work{Name: fmt.Sprintf("%s %d %s in %s", verb, len(m.changes), what, m.above), Script: script, Read: m.readStep}
	for _, c := range m.changes {
		w.Changes = append(w.Changes, c.address)
	}
	return w
}

// args are the first arguments of the step's function: what the paths have in common.
func (m *many) args() []string {
	return []string{m.changes[0].path, m.folder, m.owner, m.group, m.mode}
}

func (m *many) namesBelow() []string {
	var names []string
	for _, c := range m.changes {
		names = append(names, "./"+path.Base(c.path))
	}
	return names
}

// folders is the step that makes folders.
func (m *many) folders() (Work, error) {
	return m.work("make", "folders", shell.New(`hk_folder_all "$@"`, append(m.args(), m.namesBelow()...)...)), nil
}

// put is the step that writes files.
func (m *many) put() (Work, error) {
	var archive bytes.Buffer
	sum := sha256.New()
	var sizes []string
	const block = 512 // of a header, and at most to fill up the content behind it
	archive.Grow(m.content + 2*block*(len(m.changes)+1))
	w := tar.NewWriter(&archive)
	for i, name := range m.namesBelow() {
		c := m.changes[i]
		if err := c.checkContent(); err != nil {
			return Work{}, fmt.Errorf("%s: %w", c.address, err)
		}
		content := c.after.Content.Bytes
		sizes = append(sizes, strconv.Itoa(len(content)))
		sum.Write(content)
		// The format of GNU takes names of any bytes.
		header := tar.Header{Format: tar.FormatGNU, Typeflag: tar.TypeReg, Name: name, Mode: 0o600, Size: int64(len(content))}
		err := w.WriteHeader(&header)
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			return Work{}, fmt.Errorf("%s: %w", c.address, err)
		}
	}
	if err := w.Close(); err != nil {
		return Work{}, err
	}
	args := append(m.args(), hex.EncodeToString(sum.Sum(nil)), strings.Join(sizes, "\n"))
	work := m.work("write", "files", shell.New(`hk_put_all "$@"`, append(args, m.namesBelow()...)...))
	work.Content = &doc.Content{Bytes: archive.Bytes()}
	return work, nil
}

// readStep reads which of the changes were not made, and why.
func (m *many) readStep(r shell.Result) (Outcome, error) {
	if r.Status != 0 {
		return m.changes[0].readStep(r)
	}
	failed := make(map[doc.Address]error)
	rest := sections{rest: r.Stdout}
	for len(rest.rest) > 0 {
		number, reason, _ := strings.Cut(string(rest.next()), " ")
		i, err := strconv.Atoi(number)
		if err != nil || i < 0 || i >= len(m.changes) || rest.short {
			return Outcome{}, errors.New("the host's answer makes no sense: it does not say what was made")
		}
		failed[m.changes[i].address] = errors.New(strings.ToValidUTF8(strings.TrimSpace(reason), "\uFFFD"))
	}
	return Outcome{Failed: failed}, nil
}
