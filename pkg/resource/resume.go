package resource

import (
	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
)

// What the steps of each kind leave when they are cut off, beside either side of
// their change. A file with new content, a link and what a repository is made of
// come to their place at one stroke; mise's tools are absent until they are whole.

// Midway knows a folder that is made and does not have its owner and mode, and one
// that has its new owner and the old mode.
func (directories) Midway(c doc.Change, found doc.Attributes) bool { return midwayPath(c, found) }

// Midway knows a file that has its new owner and the old mode.
func (files) Midway(c doc.Change, found doc.Attributes) bool { return midwayPath(c, found) }

// midwayPath knows what hk_folder and hk_adjust leave: owner and group are set at one
// stroke, and the mode at another behind it.
func midwayPath(change doc.Change, found doc.Attributes) bool {
	c, err := readPlace(change)
	var got pathState
	if err != nil || json.Unmarshal(found, &got) != nil || got.Error != nil || holds(change.After, found) {
		return false
	}
	if c.after.State != doc.Present || got.State != doc.Present || got.Type != c.after.Type {
		return false
	}
	if c.before.State != doc.Present {
		return c.after.Type == typeDirectory && freshFolder(c.after, got)
	}
	dressed := c.after
	dressed.Mode = ""
	return dressed.heldBy(got) && c.before.sameContent(c.after) && (got.Mode == c.before.Mode || got.Mode == withoutSetID(c.before.Mode))
}

// freshFolder reports whether got is a folder that was just made for want: closed to
// others, and nobody's but ours or his whose it is to be. In a folder with setgid it
// has that too.
func freshFolder(want, got pathState) bool {
	bare := pathState{State: doc.Present, Type: typeDirectory, RealParent: want.RealParent}
	return bare.heldBy(got) && (got.Mode == "0700" || got.Mode == "2700") &&
		(len(want.Owner) == 0 || string(got.Owner) == string(want.Owner) || string(got.Owner) == "root" || string(got.Owner) == "0")
}

// withoutSetID is a mode as chown(2) leaves it: of its first digit, only the sticky
// bit.
func withoutSetID(m doc.Mode) doc.Mode {
	if m == "" {
		return ""
	}
	const sticky = "01010101"
	return doc.Mode(sticky[m[0]-'0']) + m[1:]
}

// Midway knows a package that the manager does not call wholly installed, one between
// its hold's being let go and being set again, and one that is as it should be: the
// transaction may have been cut off in another package that it brings along.
func (packages) Midway(c doc.Change, found doc.Attributes) bool {
	before, after, err := packageSides(c)
	got, err2 := readAttributes[packageState](found)
	if err != nil || err2 != nil {
		return false
	}
	if name, err := changedPackage(c); err != nil || got.State == doc.Present && got.Package != name {
		return false
	}
	if got.Status != "" {
		return true
	}
	if (packages{}).Holds(c.Before, found) {
		return false
	}
	before.Held, after.Held = nil, nil
	return packages{}.Holds(attributes(after), found) || packages{}.Holds(attributes(before), found)
}

// Midway knows an index of which some lists are there.
func (packageIndexes) Midway(c doc.Change, found doc.Attributes) bool {
	got, err := readAttributes[indexState](found)
	return err == nil && c.Action == doc.Create && got.State == doc.Present
}
