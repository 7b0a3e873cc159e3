package resource

import (
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
	// State is "present" (the default): installed, at whatever version; "latest":
	// installed at the version that the host's index offers, and never downgraded
	// to it; or "absent".
	State PackageState `json:"state,omitzero" called:"ensure"`
	// Name is the package's in all distributions: lower-case letters, digits,
	// _, +, . and -.
	Name string `json:"name" called:"package pkg"`
	// As is the distribution's own name, taken as it is; or a list of names, the
	// one that is liked best first. Of a list the first is taken that is
	// installed, or else that the host's index has, and the package lock keeps the
	// choice.
	As names.Candidates `json:"as,omitzero"`
	// Version is exact, in the spelling of the host's package manager; empty
	// means that any will do.
	Version string `json:"version,omitzero"`
	// Hold says whether the package is kept as it is by whoever upgrades the host:
	// apt-mark hold, dnf versionlock. When it is not given, a hold is left as it is,
	// and a plan that would change a held package is refused.
	Hold *bool `json:"hold,omitzero"`
	// DependsOn are addresses of resources that must be in place before.
	DependsOn []doc.Address `json:"depends_on,omitzero" called:"dependencies depends needs require requires after"`
}

// PackageState is the state that a package should have.
type PackageState string

// latest is the state of packages that no other kind has.
const latest PackageState = "latest"

// UnmarshalText refuses other words.
func (s *PackageState) UnmarshalText(text []byte) error {
	switch PackageState(text) {
	case PackageState(doc.Present), PackageState(doc.Absent), latest:
		*s = PackageState(text)
		return nil
	}
	return fmt.Errorf("%q is not a known state of a package: want one of present, absent, latest", text)
}

// SchemaPattern is for the schema.
func (PackageState) SchemaPattern() string { return "^(present|absent|latest)$" }

// common has what all kinds have: what is to be the latest is to be there.
func (p PackageConfig) common() Common {
	state := doc.Presence(p.State)
	if p.State == latest {
		state = doc.Present
	}
	return Common{State: state, DependsOn: p.DependsOn}
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
func (packages) Section() Section {
	return Section{Member: "packages", Shape: Packages{}, Example: `["nginx", {"name": "jq", "state": "latest"}]`}
}

// packageSpec is what a resource keeps of its declaration.
type packageSpec struct {
	As      names.Candidates `json:"as,omitzero"`
	Version string           `json:"version,omitzero"`
	Latest  bool             `json:"latest,omitzero"`
	Hold    *bool            `json:"hold,omitzero"`
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
				Name: p.Name, Pointer: pointer, Common: p.common(),
				Spec: packageSpec{As: p.As, Version: p.Version, Latest: p.State == latest, Hold: p.Hold},
			})
		}
	}
	return declared, problems
}

func (p PackageConfig) problems(pointer string) []Problem {
	var problems []Problem
	if !names.Valid(p.Name) {
		problem := Problem{
			Pointer: pointer, Hint: p.nameHint(),
			Message: fmt.Sprintf("%q is not a package name: want lower-case letters, digits, _, +, . and -", p.Name),
		}
		problems = append(problems, problem)
	}
	problems = append(problems, p.asProblems(pointer+"/as")...)
	absent := p.State == PackageState(doc.Absent)
	if p.Hold != nil && absent {
		problems = append(problems, Problem{
			Pointer: pointer + "/hold", Message: "a package that is to be absent can't be held, nor released",
		})
	}
	switch {
	case p.Version != "" && absent:
		problems = append(problems, Problem{
			Pointer: pointer + "/version", Message: "a package that is to be absent has no version",
		})
	case p.Version != "" && p.State == latest:
		problems = append(problems, Problem{
			Pointer: pointer + "/version", Message: "the latest and an exact version contradict each other",
			Hint: "leave one of the two out",
		})
	case p.Version != "":
		if err := anyManager(func(m manager.Manager) error { _, err := m.ParseVersion(p.Version); return err }); err != nil {
			problems = append(problems, Problem{Pointer: pointer + "/version", Message: err.Error()})
		}
	}
	return problems
}

// nameHint says where a part of the name belongs, or all of it.
func (p PackageConfig) nameHint() string {
	if name, version, ok := strings.Cut(p.Name, "="); ok && names.Valid(name) && version != "" {
		return fmt.Sprintf("a version stands apart: {\"name\": %q, \"version\": %q}", name, version)
	}
	if words := strings.Fields(p.Name); len(words) > 1 && names.Valid(words[0]) {
		return fmt.Sprintf("each name is an element of its own: %q, %q", words[0], words[1])
	}
	if lower := strings.ToLower(p.Name); len(p.As) == 0 && lower != p.Name && names.Valid(lower) {
		return fmt.Sprintf("write %q; the distribution's own name goes into as: {\"name\": %q, \"as\": %q}", lower, lower, p.Name)
	}
	if len(p.As) == 0 && anyManager(func(m manager.Manager) error { _, err := m.ParseName(p.Name); return err }) == nil {
		return fmt.Sprintf("the distribution's own name goes into as: {\"name\": …, \"as\": %q}", p.Name)
	}
	return ""
}

func (p PackageConfig) asProblems(pointer string) []Problem {
	if err := names.CheckCandidates(p.As); err != nil {
		return []Problem{{Pointer: pointer, Message: err.Error()}}
	}
	if len(p.As) > 1 && p.State == PackageState(doc.Absent) {
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

// anyManager returns nil when one manager finds nothing wrong, and else what the
// first of them finds: which one the host has is not known yet.
func anyManager(try func(manager.Manager) error) error {
	var first error
	for _, m := range manager.All {
		err := try(m)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return fmt.Errorf("%w; and no other package manager takes it", first)
}

// Ties needs the index of whatever package manager the host has.
func (packages) Ties(r doc.Resource) Ties {
	t := Ties{Provides: []Handle{Handle("package:" + r.Name)}}
	for _, m := range manager.All {
		t.Needs = append(t.Needs,
			Need{Handle: packageIndexHandle(m.Name()), Reason: "package index"},
			Need{Handle: repositoriesHandle(m.Name()), Reason: "package repository", Order: true})
	}
	return t
}

// Derive asks for the index when something is to be installed, and the host has
// none or it is to be fetched anew.
func (packages) Derive(cs []doc.Change, w World) []doc.Resource {
	f := w.Facts.Packages
	if f == nil || f.Index == doc.Present && !w.RefreshIndex || w.Facts.PackageManager == "" {
		return nil
	}
	if !slices.ContainsFunc(cs, installs) {
		return nil
	}
	kind, name := packageIndexes{}.Name(), w.Facts.PackageManager
	return []doc.Resource{{
		Address: doc.NewAddress(kind, name), Kind: kind, Name: name, State: doc.Present,
	}}
}
