package resource

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
)

// invalidFact says that an observation is not one.
func invalidFact(err error) error {
	return &doc.FactError{Code: "invalid_fact", Message: fmt.Sprintf("its observation can't be read: %s", err)}
}

// comparePath compares what stands at a path with what should, for any kind that
// comes to a file, a folder or a link. want has the type, the members that the
// config manages, and the content of a file; fresh is the mode of what is new.
func comparePath(r doc.Resource, w World, want pathState, fresh doc.Mode) (Difference, error) {
	found, ok := w.Facts.Observed[r.Address]
	if !ok {
		return Difference{}, ErrNotObserved
	}
	if found.Error != nil {
		return Difference{}, found.Error
	}
	seen, err := readAttributes[pathObservation](found.Attributes)
	if err != nil {
		return Difference{}, invalidFact(err)
	}
	if err := reachable(r, seen, w); err != nil {
		return Difference{}, err
	}
	present := found.State == doc.Present
	if present && seen.Type == want.Type && !seen.tells(want) {
		return Difference{}, ErrNotObserved
	}
	if present && seen.Type != want.Type {
		return Difference{}, wrongType(r, seen, want.Type)
	}
	switch {
	case r.State == doc.Absent && !present:
		return Difference{}, nil
	case r.State == doc.Absent:
		if err := emptied(r, seen, w); err != nil {
			return Difference{}, err
		}
		return comparedGone(r, seen, want.Sensitive)
	case !present:
		return comparedNew(seen, want, fresh)
	}
	if err := seen.closed(r, want); err != nil {
		return Difference{}, err
	}
	return comparedChanged(r, seen, want)
}

func wrongType(r doc.Resource, seen pathObservation, wanted string) error {
	should := "should be " + describe(wanted)
	if r.State == doc.Absent {
		should = "is to be removed as " + describe(wanted)
	}
	return &Refusal{
		Code:    "wrong_type",
		Message: fmt.Sprintf("%s is %s and %s", r.Name, describe(seen.Type), should),
		Hint:    "look at what is there, and move it away or correct the config: nothing is ever removed to make room",
	}
}

// reachable refuses a path that another resource of the plan keeps its steps from:
// one that lies in a file, or leads through a link that does not lead, or not
// yet, to the folder it will be in when the step comes.
func reachable(r doc.Resource, seen pathObservation, w World) error {
	for i := range w.Resources {
		// Every path looks at all resources: copying each made a plan of ten
		// thousand take a third longer.
		above := &w.Resources[i]
		if above.State == doc.Absent || above.Name == r.Name || !below(r.Name, above.Name) {
			continue
		}
		var err error
		switch above.Kind {
		case typeFile:
			err = insideFile(r, above)
		case typeSymlink:
			err = behindLink(r, seen, above, w)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func insideFile(r doc.Resource, above *doc.Resource) error {
	if r.State == doc.Absent {
		return nil
	}
	return &Refusal{
		Code:    "inside_file",
		Message: fmt.Sprintf("it lies in %s, which is a file and not a folder", above.Address),
		Hint:    "keep one of the two",
	}
}

// behindLink refuses a path that leads through a link which the same plan
// changes: what was observed lies somewhere else than what the steps would meet.
// So does what leads through a link that leads to no folder now, whatever the
// plan makes of its target.
func behindLink(r doc.Resource, seen pathObservation, link *doc.Resource, w World) error {
	refuse := func(what string) error {
		return &Refusal{
			Code:    "behind_link",
			Message: fmt.Sprintf("it leads through %s, which %s", link.Address, what),
			Hint:    "write the path without the link",
		}
	}
	difference, err := symlinks{}.Compare(*link, World{Facts: w.Facts})
	if err == nil && difference.Action != "" {
		return refuse("this plan changes")
	}
	at, ok := observed(*link, w)
	if ok && r.State != doc.Absent && below(seen.folder(r), at.place(*link)) {
		return refuse("leads to no folder")
	}
	return nil
}

// observed is what hk-facts saw of a path; false where it saw nothing that can be
// told.
func observed(r doc.Resource, w World) (pathObservation, bool) {
	var seen pathObservation
	found, ok := w.Facts.Observed[r.Address]
	if !ok || found.Error != nil || len(found.Attributes) > 0 && json.Unmarshal(found.Attributes, &seen) != nil {
		return seen, false
	}
	return seen, true
}

// folder is the real path of the folder that r is in, as far as that is there.
func (seen pathObservation) folder(r doc.Resource) string {
	if len(seen.RealParent) > 0 {
		return string(seen.RealParent)
	}
	return path.Dir(r.Name)
}

// place is the real path of r itself.
func (seen pathObservation) place(r doc.Resource) string {
	return path.Join(seen.folder(r), path.Base(r.Name))
}

// before is what the host has of what want manages, in want's spelling.
func (seen pathObservation) before(want pathState) pathState {
	state := pathState{State: doc.Present, Type: seen.Type, RealParent: seen.RealParent, Sensitive: want.Sensitive}
	if want.Digest != "" {
		state.Digest = seen.Digest
	}
	if want.Matches != "" {
		state.Matches = seen.Matches
	}
	if len(want.To) > 0 {
		state.To = seen.To
	}
	if want.Mode != "" {
		state.Mode = seen.Mode
	}
	if len(want.Owner) > 0 {
		state.Owner = spelled(want.Owner, seen.Owner, seen.UID)
	}
	if len(want.Group) > 0 {
		state.Group = spelled(want.Group, seen.Group, seen.GID)
	}
	return state
}

func spelled(want, seen doc.Bytes, id *uint32) doc.Bytes {
	if id != nil && string(want) == strconv.FormatUint(uint64(*id), 10) {
		return want
	}
	return seen
}

func comparedChanged(r doc.Resource, seen pathObservation, want pathState) (Difference, error) {
	before, after := seen.before(want), want
	after.RealParent = seen.RealParent
	if after.heldBy(before) {
		return Difference{}, nil
	}
	if before.sameContent(after) {
		after.Content = after.reference()
		return difference(doc.Update, "drift", before, after)
	}
	if err := replaceable(r, seen); err != nil {
		return Difference{}, err
	}
	before.Content = seen.content()
	if after.secret() != nil {
		return comparedSecret(seen, before, after)
	}
	return difference(doc.Update, "drift", before, after)
}

// replaceable refuses to put a new file in the place of one that would lose more
// than its content.
func replaceable(r doc.Resource, seen pathObservation) error {
	if seen.HardLinks > 1 {
		return &Refusal{
			Code:    "hard_links",
			Message: fmt.Sprintf("%s has %d names (hard links), and the others would keep the old content", r.Name, seen.HardLinks),
			Hint:    "remove the other names, or write to one that has no others",
		}
	}
	return notMounted(r, seen)
}

// notMounted refuses what rename(2) and rmdir(2) answer with EBUSY.
func notMounted(r doc.Resource, seen pathObservation) error {
	if !seen.MountPoint {
		return nil
	}
	return &Refusal{
		Code:    "mount_point",
		Message: fmt.Sprintf("%s is a mount point, which can be neither replaced nor removed", r.Name),
		Hint:    "change what is mounted there; a container's /etc/hosts, for one, is written from outside",
	}
}

func comparedNew(seen pathObservation, want pathState, fresh doc.Mode) (Difference, error) {
	before := pathState{State: doc.Absent, RealParent: seen.RealParent}
	after := want
	after.RealParent = seen.RealParent
	if after.Mode == "" {
		after.Mode = fresh
	}
	return difference(doc.Create, "missing", before, after)
}

// comparedGone plans a removal. Its before side is all that goes, since that is
// what a person reviews, and what the way back is made from.
func comparedGone(r doc.Resource, seen pathObservation, sensitive bool) (Difference, error) {
	if err := notMounted(r, seen); err != nil {
		return Difference{}, err
	}
	before := pathState{
		State: doc.Present, Type: seen.Type, Digest: seen.Digest, Content: seen.content(), To: seen.To,
		Mode: seen.Mode, Owner: seen.Owner, Group: seen.Group, RealParent: seen.RealParent,
		Empty: seen.Empty, Sensitive: sensitive,
	}
	return difference(doc.Delete, "not wanted", before, pathState{State: doc.Absent, RealParent: seen.RealParent})
}

// emptied refuses to remove a folder in which something is left when all that the
// config wants absent is gone. What is in it may also go with something that is
// no path, a package, which the folder then depends on.
func emptied(r doc.Resource, seen pathObservation, w World) error {
	if seen.EntryCount == 0 {
		return nil
	}
	place, goes := seen.place(r), make(map[string]bool)
	for i := range w.Resources {
		other := &w.Resources[i]
		if other.State != doc.Absent {
			continue
		}
		if _, isPath := w.Facts.Observed[other.Address]; !isPath && slices.Contains(r.DependsOn, other.Address) {
			return nil
		}
		if found := w.Facts.Observed[other.Address]; found.State != doc.Present {
			continue
		}
		if at, ok := observed(*other, w); ok && at.folder(*other) == place {
			goes[path.Base(other.Name)] = true
		}
	}
	if len(goes) == seen.EntryCount {
		return nil
	}
	return &Refusal{
		Code:    "not_empty",
		Message: "the folder is not empty: it would still have " + seen.left(goes),
		Hint:    "declare what is in it absent too, or keep the folder: nothing is removed that the config does not name",
	}
}

// left words what is in a folder beside what goes.
func (seen pathObservation) left(goes map[string]bool) string {
	const most = 5
	var names []string
	for _, name := range seen.Entries {
		if !goes[string(name)] && len(names) < most {
			names = append(names, string(name))
		}
	}
	shown := strings.Join(names, ", ")
	switch more := seen.EntryCount - len(goes) - len(names); {
	case shown == "":
		return fmt.Sprintf("%d entries", more)
	case more > 0:
		return fmt.Sprintf("%s and %d more", shown, more)
	}
	return shown
}

func (seen pathObservation) content() *doc.Content {
	if seen.Content == nil {
		return nil
	}
	return &doc.Content{Bytes: doc.Bytes(*seen.Content)}
}

func difference(action doc.Action, reason string, before, after pathState) (Difference, error) {
	d := Difference{Action: action, Reason: reason}
	var err error
	if d.Before, err = json.Marshal(before); err != nil {
		return Difference{}, fmt.Errorf("write what is there: %w", err)
	}
	if d.After, err = json.Marshal(after); err != nil {
		return Difference{}, fmt.Errorf("write what should be there: %w", err)
	}
	return d, nil
}
