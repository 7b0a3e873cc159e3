package resource

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// Symlink is a symbolic link of the host. The name of the member is its path:
// absolute, with neither "//", "/.", "/.." nor a slash at the end.
//
// An existing link that leads elsewhere is replaced at one stroke; anything else
// that stands at the path is left alone and refused.
type Symlink struct {
	Common
	Ownership
	// To is where the link leads, kept as written: absolute, or relative to the
	// folder that the link is in. It need not exist.
	To string `json:"to,omitzero" called:"target src source"`
}

// symlinkSpec is a link in a resource.
type symlinkSpec struct {
	Ownership
	To string `json:"to,omitzero"`
}

type symlinks struct{}

func (symlinks) Name() string { return typeSymlink }

func (symlinks) Section() Section {
	return Section{Member: "symlinks", Called: "links link symlink", Shape: map[string]Symlink{}, Example: `{"/srv/current": {"to": "/srv/app"}}`}
}

func (symlinks) Expand(section doc.Raw, _ Files) ([]Declared, []Problem) {
	common := func(l Symlink) Common { return l.Common }
	return expandPaths(section, common, func(name string, l Symlink, ps *problems) any {
		switch {
		case l.State == doc.Absent:
			ps.unwanted(name, map[string]bool{"to": l.To != "", "owner": l.Owner != "", "group": l.Group != ""})
		case l.To == "":
			ps.add("the link does not say where it leads", `give "to"`, name)
		case strings.Contains(l.To, "\x00"):
			ps.add("to holds a NUL byte", "", name, "to")
		case len(l.To) > longestPath:
			ps.add(fmt.Sprintf("to has %d bytes, more than the %d that Linux takes", len(l.To), longestPath), "", name, "to")
		}
		return symlinkSpec{Ownership: l.Ownership, To: l.To}
	})
}

func (symlinks) Survey(rs []doc.Resource, _ Site) ([]Probe, error) {
	return surveyPaths(typeSymlink, rs, func(doc.Resource) bool { return false }, ownershipOf), nil
}

func (symlinks) Compare(r doc.Resource, w World) (Difference, error) {
	var spec symlinkSpec
	if err := decodeSpec(r, &spec); err != nil {
		return Difference{}, err
	}
	if spec.To == "" && r.State != doc.Absent {
		return Difference{}, errors.New(string(r.Address) + " does not say where it leads")
	}
	want := pathState{
		State: doc.Present, Type: typeSymlink, To: doc.Bytes(spec.To),
		Owner: doc.Bytes(spec.Owner), Group: doc.Bytes(spec.Group),
	}
	return comparePath(r, w, want, "")
}

func (symlinks) Ties(r doc.Resource) Ties {
	var spec symlinkSpec
	_ = decodeSpec(r, &spec)
	t := pathTies(r, spec.Ownership)
	target := spec.To
	if target == "" {
		return t
	}
	if target[0] != '/' {
		target = path.Join(path.Dir(r.Name), target)
	}
	// A link into itself, or to a folder that it is in, waits for nothing more.
	if target = path.Clean(target); target != "/" && !below(target, r.Name) && !below(r.Name, target) {
		t.Needs = append(t.Needs, Need{Handle: pathHandle(target), Reason: "link target", Order: true})
	}
	return t
}

func (symlinks) Recheck(cs []doc.Change, _ Site) ([]Recheck, error) {
	return recheckPaths(typeSymlink, cs)
}

func (symlinks) Holds(side, found doc.Attributes) bool { return holds(side, found) }

func (symlinks) Steps(cs []doc.Change, _ Site) ([]Work, error) {
	return pathSteps(cs, func(c pathChange) (Work, error) {
		if len(c.after.To) == 0 {
			return Work{}, errors.New("the plan does not say where the link leads")
		}
		if c.before.State == doc.Present && string(c.before.To) == string(c.after.To) {
			return c.adjust(), nil
		}
		return c.work("link", shell.New(`hk_link "$@"`,
			c.path, c.folder(), string(c.after.To), string(c.after.Owner), string(c.after.Group))), nil
	})
}
