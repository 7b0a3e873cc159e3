package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// left is what hk-apply may leave on a host beside the plan's changes.
var left = []string{"/var/lib/hostkit", "/run/hostkit", "/tmp/hostkit-1000", "/home/ann/.local"}

// side is what the tests read of a side of a change.
type side struct {
	State, Type, Digest, Mode string
	Owner, Group              any
	To                        any
	Package, Version          string
}

func sideOf(raw []byte) side {
	var s side
	_ = json.Unmarshal(raw, &s)
	return s
}

// mayDiffer are the fields of a snapshot's difference that a change of a path
// accounts for. What the config does not manage is not among them.
func mayDiffer(c doc.Change) []string {
	before, after := sideOf(c.Before), sideOf(c.After)
	var fields []string
	if before.Digest != after.Digest {
		fields = append(fields, "size", "mtime", "sha256")
	}
	if before.To != after.To {
		fields = append(fields, "size", "mtime", "target")
	}
	if c.Kind == "directory" {
		fields = append(fields, "mtime", "links")
	}
	if after.Mode != "" {
		fields = append(fields, "mode")
	}
	if after.Owner != nil || after.Group != nil {
		fields = append(fields, "owner")
	}
	return fields
}

// natural are differences that follow from an entry made or removed in a folder.
func natural(d lab.Difference) bool {
	if d.Type != "dir" || d.Change != "changed" {
		return false
	}
	return !slices.ContainsFunc(d.Fields, func(f lab.Field) bool { return f.Name != "mtime" && f.Name != "links" })
}

// exact compares what a plan lists with what is different on the host; packages
// and what they own are for [packageDifferences].
func exact(p doc.Plan, differences []lab.Difference) error {
	planned := make(map[string]doc.Change)
	for _, c := range p.Changes {
		if c.Kind != "package" && c.Kind != "package_index" && c.Action != doc.Run {
			planned[c.Address.Name()] = c
		}
	}
	var wrong []string
	for _, d := range differences {
		c, ok := planned[d.Path]
		delete(planned, d.Path)
		switch {
		case !ok && (natural(d) || allowed(d.Path)):
		case !ok:
			wrong = append(wrong, "not planned: "+d.String())
		default:
			wrong = append(wrong, unlike(c, d)...)
		}
	}
	for path, c := range planned {
		wrong = append(wrong, fmt.Sprintf("planned (%s) and not changed: %q", c.Action, path))
	}
	if wrong == nil {
		return nil
	}
	return fmt.Errorf("%s", strings.Join(wrong, "\n"))
}

func allowed(path string) bool {
	return slices.ContainsFunc(left, func(l string) bool { return path == l || strings.HasPrefix(path, l+"/") })
}

// unlike says where a difference is not the one that the plan says.
func unlike(c doc.Change, d lab.Difference) []string {
	kind := map[doc.Action]string{doc.Create: "added", doc.Update: "changed", doc.Delete: "removed"}[c.Action]
	if kind != d.Change {
		return []string{fmt.Sprintf("planned as %s: %s", c.Action, d)}
	}
	if c.Action != doc.Update {
		return nil
	}
	var wrong []string
	may := mayDiffer(c)
	for _, f := range d.Fields {
		if !slices.Contains(may, f.Name) {
			wrong = append(wrong, fmt.Sprintf("%s changed, which is not in the plan: %s", f.Name, d))
		}
	}
	return wrong
}

// mustBeExact fails unless exactly the plan's changes are made.
func (s *site) mustBeExact(p planned, before *lab.Snapshot) {
	s.Helper()
	if err := exact(p.Plan, before.Diff(s.snapshot())); err != nil {
		s.Errorf("%v\n--- plan\n%s", err, abridged(p.raw))
	}
}

// mustBeUnchanged fails if anything is different on the host but what hk-apply may
// leave when it has looked and refused.
func (s *site) mustBeUnchanged(before *lab.Snapshot, after string) {
	s.Helper()
	for _, d := range before.DiffExact(s.snapshot()) {
		holdsLeft := slices.ContainsFunc(left, func(l string) bool { return filepath.Dir(l) == d.Path })
		if !allowed(d.Path) && !(holdsLeft && natural(d)) {
			s.Errorf("after %s: %s", after, d)
		}
	}
}

// mustBeUntouched fails if anything at all is different on the host.
func (s *site) mustBeUntouched(before *lab.Snapshot, after string) {
	s.Helper()
	for _, d := range before.DiffExact(s.snapshot()) {
		s.Errorf("after %s: %s", after, d)
	}
}

// mustHaveNoChange plans again and fails unless there is nothing to do.
func (s *site) mustHaveNoChange(wants object) {
	s.Helper()
	if again := s.plan(wants); len(again.Changes) > 0 {
		s.Errorf("the second plan is not empty:\n%s", abridged(again.raw))
	}
}
