package resource

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
	"hostkit/pkg/names"
)

// packages is the kind `package`: a package of the host's package manager is
// installed, at any version or at an exact one, or is not. All packages of a
// call are changed in one transaction.
type packages struct{}

// Packages is the section `packages`: the one section that is an array.
type Packages []PackageConfig

// PackageConfig is an element of it: a name alone, or an object.
type PackageConfig struct {
	// Name is the package's in all distributions: lower-case letters, digits,
	// _, +, . and -.
	Name string `json:"name"`
	// As is the distribution's own name, taken as it is; or a list of names, the
	// one that is liked best first. Of a list the first is taken that is
	// installed, or else that the host's index has, and the package lock keeps the
	// choice.
	As names.Candidates `json:"as,omitzero"`
	// Version is exact, in the spelling of the host's package manager; empty
	// means that any will do.
	Version string `json:"version,omitzero"`
	Common
}

// packageObject is PackageConfig without its methods.
type packageObject PackageConfig

// UnmarshalJSONFrom reads both forms. It goes on with the same decoder, so that an
// error knows its place.
func (p *PackageConfig) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*p = PackageConfig{}
	if d.PeekKind() == jsontext.KindString {
		return json.UnmarshalDecode(d, &p.Name)
	}
	return json.UnmarshalDecode(d, (*packageObject)(p))
}

// OneOfShapes lists zero values of the types that may stand in place of one, for
// the schema.
func (PackageConfig) OneOfShapes() []any { return []any{"", packageObject{}} }

// Name is "package".
func (packages) Name() string { return names.Kind }

// Section is `packages`.
func (packages) Section() Section { return Section{Member: "packages", Shape: Packages{}} }

// packageSpec is what a resource keeps of its declaration.
type packageSpec struct {
	As      names.Candidates `json:"as,omitzero"`
	Version string           `json:"version,omitzero"`
}

// Expand checks names. Which manager a host has is not known yet, so `as` and
// `version` are only refused when no manager of ours could take them.
func (packages) Expand(section doc.Raw, _ Files) ([]Declared, []Problem) {
	var elements Packages
	if err := json.Unmarshal(section, &elements, json.RejectUnknownMembers(true)); err != nil {
		return nil, []Problem{{Message: "packages want to be an array of names and objects"}}
	}
	var declared []Declared
	var problems []Problem
	for i, p := range elements {
		pointer := fmt.Sprintf("/%d", i)
		found := p.problems(pointer)
		problems = append(problems, found...)
		if found == nil {
			declared = append(declared, Declared{
				Name: p.Name, Pointer: pointer, Common: p.Common,
				Spec: packageSpec{As: p.As, Version: p.Version},
			})
		}
	}
	return declared, problems
}

func (p PackageConfig) problems(pointer string) []Problem {
	var problems []Problem
	if !names.Valid(p.Name) {
		problem := Problem{
			Pointer: pointer,
			Message: fmt.Sprintf("%q is not a package name: want lower-case letters, digits, _, +, . and -", p.Name),
		}
		if len(p.As) == 0 && p.Name != "" {
			problem.Hint = fmt.Sprintf("the distribution's own name goes into as: {\"name\": …, \"as\": %q}", p.Name)
		}
		problems = append(problems, problem)
	}
	problems = append(problems, p.asProblems(pointer+"/as")...)
	switch {
	case p.Version != "" && p.State == doc.Absent:
		problems = append(problems, Problem{
			Pointer: pointer + "/version", Message: "a package that is to be absent has no version",
		})
	case p.Version != "":
		if err := anyManager(func(m manager.Manager) error { _, err := m.ParseVersion(p.Version); return err }); err != nil {
			problems = append(problems, Problem{Pointer: pointer + "/version", Message: err.Error()})
		}
	}
	return problems
}

func (p PackageConfig) asProblems(pointer string) []Problem {
	if err := names.CheckCandidates(p.As); err != nil {
		return []Problem{{Pointer: pointer, Message: err.Error()}}
	}
	if len(p.As) > 1 && p.State == doc.Absent {
		return []Problem{{
			Pointer: pointer, Message: "a package that is to be absent is called one thing",
			Hint: "give each name an element of its own",
		}}
	}
	var problems []Problem
	for _, name := range p.As {
		if err := anyManager(func(m manager.Manager) error { _, err := m.ParseName(name); return err }); err != nil {
			problems = append(problems, Problem{Pointer: pointer, Message: err.Error()})
		}
	}
	return problems
}

// anyManager returns nil when one manager finds nothing wrong, and else what each
// finds, on one line.
func anyManager(try func(manager.Manager) error) error {
	var wrong []string
	for _, m := range manager.All {
		err := try(m)
		if err == nil {
			return nil
		}
		wrong = append(wrong, err.Error())
	}
	return errors.New(strings.Join(wrong, "; "))
}

// Ties needs the index of whatever package manager the host has.
func (packages) Ties(r doc.Resource) Ties {
	t := Ties{Provides: []Handle{Handle("package:" + r.Name)}}
	for _, m := range manager.All {
		t.Needs = append(t.Needs, Need{Handle: packageIndexHandle(m.Name()), Reason: "package index"})
	}
	return t
}

// Derive asks for the index when something is to be installed and the host has
// none.
func (packages) Derive(cs []doc.Change, w World) []doc.Resource {
	f := w.Facts.Packages
	if f == nil || f.Index == doc.Present || w.Facts.PackageManager == "" {
		return nil
	}
	installs := slices.ContainsFunc(cs, func(c doc.Change) bool { return c.Action != doc.Delete })
	if !installs {
		return nil
	}
	kind, name := packageIndexes{}.Name(), w.Facts.PackageManager
	return []doc.Resource{{
		Address: doc.NewAddress(kind, name), Kind: kind, Name: name, State: doc.Present,
	}}
}

// packageState is a package as a change and an observation describe it.
type packageState struct {
	State   doc.Presence `json:"state"`
	Package string       `json:"package,omitzero"`
	// Version stands where it matters: the one that is pinned, removed, or was
	// observed.
	Version string `json:"version,omitzero"`
	// Status is the manager's word for a package that is not wholly installed.
	Status string `json:"status,omitzero"`
	// Candidate is the version that the index would give, for people.
	Candidate string `json:"candidate,omitzero"`
}

// attributes marshals what only holds text, which can't fail.
func attributes(v any) doc.Attributes {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("resource: " + err.Error())
	}
	return raw
}

func readAttributes[T any](raw doc.Attributes) (T, error) {
	var v T
	if len(raw) == 0 { // an observation without members of the kind's own
		return v, nil
	}
	err := json.Unmarshal(raw, &v)
	return v, err
}
