package names

import (
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"hostkit/pkg/doc"
)

// Candidates are names that a package may have, the one that is liked best first.
// Several are a JSON array, one is a string or an array of one.
type Candidates []string

// UnmarshalJSONFrom reads both forms. It goes on with the same decoder, so that an
// error knows its place.
func (c *Candidates) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != jsontext.KindString {
		return json.UnmarshalDecode(d, (*[]string)(c))
	}
	var one string
	if err := json.UnmarshalDecode(d, &one); err != nil {
		return err
	}
	*c = nil
	if one != "" {
		*c = Candidates{one}
	}
	return nil
}

// MarshalJSONTo writes one name as a string.
func (c Candidates) MarshalJSONTo(e *jsontext.Encoder) error {
	if len(c) == 1 {
		return json.MarshalEncode(e, c[0])
	}
	return json.MarshalEncode(e, []string(c))
}

// IsZero reports whether there is no name.
func (c Candidates) IsZero() bool { return len(c) == 0 }

// OneOfShapes lists the two forms, for schemas and checks.
func (Candidates) OneOfShapes() []any { return []any{"", []string{}} }

// sourceAs is the source of what the config itself names.
const sourceAs = "as"

// Rules by which one of a list was taken.
const (
	ruleInstalled = "first of the list that is installed"
	ruleIndex     = "first of the list that the index has"
)

// Fixed reports whether the config alone has said the name, so that a lock has
// nothing to keep. One of several is chosen by the host, and kept.
func Fixed(n doc.PackageName) bool { return n.Source == sourceAs && n.Rule == "" }

// takeLocked takes what the lock says, unless the config says otherwise by now.
func (r *resolver) takeLocked(q Request, locked doc.PackageName) {
	why := ""
	switch {
	case len(q.As) > 0 && !slices.Contains(q.As, locked.Package):
		why = fmt.Sprintf("which is none of %s", list(q.As))
	case len(q.As) == 0 && locked.Source == sourceAs:
		why = "because of an `as` that the config no longer has"
	default:
		locked.Source = "lock"
		r.names[q.Name] = locked
		return
	}
	r.refused = append(r.refused, &Refusal{
		code:    "lock_mismatch",
		message: fmt.Sprintf("package %q: the package lock %s says %s on %s, %s%s", q.Name, r.options.LockName, locked.Package, r.known(), why, at(q)),
		hint:    fmt.Sprintf("hk-resolve --write-package-lock %s --update %s asks again", r.options.LockName, q.Name),
	})
}

// takeFirst takes the first of the config's list that the host has.
func (r *resolver) takeFirst(q Request) {
	if i := slices.IndexFunc(q.As, r.installed); i >= 0 {
		r.names[q.Name] = doc.PackageName{Package: q.As[i], Source: sourceAs, Rule: ruleInstalled}
		return
	}
	for _, name := range q.As {
		version, asked := "", false
		if r.facts != nil && r.facts.Index == doc.Present {
			version, asked = r.facts.Available[name]
		}
		switch {
		case !asked:
			r.refused = append(r.refused, r.undecided(q, name))
			return
		case version != "":
			r.names[q.Name] = doc.PackageName{Package: name, Source: sourceAs, Rule: ruleIndex}
			return
		}
	}
	r.refused = append(r.refused, &Refusal{
		code:    "not_available",
		message: fmt.Sprintf("package %q: the host's index has none of %s%s", q.Name, list(q.As), at(q)),
		hint:    "refresh the package index on the host and run hk-facts again, if it is old; else another name goes into as",
	})
}

// undecided words why the list can't be gone through to its end: name is the first
// that the index has not answered for.
func (r *resolver) undecided(q Request, name string) *Refusal {
	refusal := &Refusal{
		code:    "package_ambiguous",
		message: fmt.Sprintf("package %q: it can't be said which of %s is meant on %s: %s%s", q.Name, list(q.As), r.known(), IndexSays(r.facts, name), at(q)),
	}
	var why string
	switch {
	case r.facts == nil:
		why = "run hk-facts before hk-resolve"
	case r.facts.Error != nil:
		refusal.code = r.facts.Error.Code
		refusal.message = fmt.Sprintf("package %q: it can't be said which of %s is meant on %s: the host could not look them up: %s%s",
			q.Name, list(q.As), r.known(), r.facts.Error.Message, at(q))
		refusal.hint = "put that right on the host, then run hk-facts again"
		return refusal
	case r.facts.Index != doc.Present:
		why = "refresh the package index on the host and run hk-facts again"
	default:
		why = "run hk-facts again"
	}
	refusal.hint = fmt.Sprintf("%s, take a lock that has it, or write {\"name\": %q, \"as\": %q}", why, q.Name, q.As[0])
	return refusal
}

// CheckCandidates refuses a list that says nothing or the same twice.
func CheckCandidates(c Candidates) error {
	if c != nil && len(c) == 0 {
		return errors.New("an empty list names no package: leave it out")
	}
	for i, name := range c {
		switch {
		case name == "":
			return errors.New("an empty name is none")
		case slices.Contains(c[:i], name):
			return fmt.Errorf("%s stands there twice", name)
		}
	}
	return nil
}
