package resource

import (
	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// Directory is a folder of the host. The name of the member is its path:
// absolute, with neither "//", "/.", "/.." nor a slash at the end. The folder
// above it must exist or be declared too.
//
// What is in the folder is not its matter: one that is not empty is never
// removed, unless what is in it is declared absent as well.
type Directory struct {
	Common
	Ownership
	// Mode is the permission bits as four octal digits: "0750", or "2775" with
	// setgid. When it is not given, an existing folder keeps its mode, and a new
	// one gets 0755.
	Mode doc.Mode `json:"mode,omitzero" called:"permissions perms chmod"`
}

// newDirectoryMode is the mode of a new folder that the config gives none.
const newDirectoryMode doc.Mode = "0755"

// directorySpec is a folder in a resource.
type directorySpec struct {
	Ownership
	Mode doc.Mode `json:"mode,omitzero"`
}

type directories struct{}

func (directories) Name() string { return typeDirectory }

func (directories) Section() Section {
	return Section{Member: "directories", Called: "folders folder directory dirs dir", Shape: map[string]Directory{}, Example: `{"/srv/app": {"mode": "0750"}}`}
}

func (directories) Expand(section doc.Raw, _ Files) ([]Declared, []Problem) {
	common := func(d Directory) Common { return d.Common }
	return expandPaths(section, common, func(name string, d Directory, ps *problems) any {
		if d.State == doc.Absent {
			ps.unwanted(name, map[string]bool{"mode": d.Mode != "", "owner": d.Owner != "", "group": d.Group != ""})
		}
		return directorySpec{Ownership: d.Ownership, Mode: d.Mode}
	})
}

func (directories) Survey(rs []doc.Resource, _ Site) ([]Probe, error) {
	absent := func(r doc.Resource) bool { return r.State == doc.Absent }
	return surveyPaths(typeDirectory, rs, absent, ownershipOf), nil
}

func (directories) Compare(r doc.Resource, w World) (Difference, error) {
	var spec directorySpec
	if err := decodeSpec(r, &spec); err != nil {
		return Difference{}, err
	}
	want := pathState{
		State: doc.Present, Type: typeDirectory, Mode: spec.Mode,
		Owner: doc.Bytes(spec.Owner), Group: doc.Bytes(spec.Group),
	}
	return comparePath(r, w, want, newDirectoryMode)
}

func (directories) Ties(r doc.Resource) Ties { return pathTies(r, ownershipOf(r)) }

func (directories) Recheck(cs []doc.Change, _ Site) ([]Recheck, error) {
	return recheckPaths(typeDirectory, cs)
}

func (directories) Holds(side, found doc.Attributes) bool { return holds(side, found) }

func (directories) Steps(cs []doc.Change, _ Site) ([]Work, error) {
	all := func(pathChange) bool { return true }
	return manySteps(cs, all, (*many).folders, func(c pathChange) (Work, error) {
		if c.before.State == doc.Present {
			return c.adjust(), nil
		}
		return c.work("make folder", shell.New(`hk_folder "$@"`,
			c.path, c.folder(), string(c.after.Owner), string(c.after.Group), string(c.after.Mode))), nil
	})
}
