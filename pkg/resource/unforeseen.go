package resource

import "hostkit/pkg/doc"

// arriving are the changes after which something is there, as what only the making
// of it can tell.
func arriving(cs []doc.Change) []doc.Change {
	var arrive []doc.Change
	for _, c := range cs {
		if side, err := readAttributes[presence](c.After); err == nil && side.State != doc.Absent {
			arrive = append(arrive, c)
		}
	}
	return arrive
}

// ofEach says the same of each change, and ofAll of the first, for all.
func ofEach(cs []doc.Change, what string) map[doc.Address]string {
	said := make(map[doc.Address]string, len(cs))
	for _, c := range cs {
		said[c.Address] = what
	}
	return said
}

func ofAll(cs []doc.Change, what string) map[doc.Address]string {
	return ofEach(cs[:min(1, len(cs))], what)
}
