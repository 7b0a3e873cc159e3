// Package names says what a distribution calls a package, offline: a config says
// postgresql_client or openssl_dev, and every distribution has its own names.
//
// Order of authority: the config's `as`, the lock, the embedded table, the name
// itself with "_" as "-" where the host has exactly that package or its index
// does, for *_dev the one name that the family's rule gives and the host has, and
// whoever the caller hands in to be asked last: hk-resolve's Repology.
// Otherwise the name is refused with what may be meant: never the first of
// several, never a name that nobody has confirmed. But for that one who is asked
// last the functions are pure, so hk-facts (what to ask the index about),
// hk-resolve and hk-plan come to the same answer.
package names

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
)

// Pattern is what a package's name in a config looks like.
const Pattern = `^[a-z0-9][a-z0-9_+.-]*$`

var form = regexp.MustCompile(Pattern)

// Valid reports whether a config may call a package so.
func Valid(name string) bool { return form.MatchString(name) }

// Request is a package of a config.
type Request struct {
	Name string
	// As is the distribution's own name, where the config gives it, or names of
	// which the first is taken that the host has, see [Resolve].
	As Candidates
	// Version is exact; empty where any will do, or where the Latest is wanted.
	Version string
	Latest  bool
	// Hold is nil where the config does not say.
	Hold       *bool
	State      doc.Presence
	DeclaredAt string
}

// Kind is the kind of resource that has a name to resolve.
const Kind = "package"

// Requests picks the packages among resources.
func Requests(rs []doc.Resource) ([]Request, error) {
	var reqs []Request
	for _, r := range rs {
		if r.Kind != Kind {
			continue
		}
		q, err := NewRequest(r)
		if err != nil {
			return nil, err
		}
		reqs = append(reqs, q)
	}
	return reqs, nil
}

// NewRequest reads a resource of the kind package.
func NewRequest(r doc.Resource) (Request, error) {
	var spec struct {
		As      Candidates `json:"as"`
		Version string     `json:"version"`
		Latest  bool       `json:"latest"`
		Hold    *bool      `json:"hold"`
	}
	if len(r.Spec) > 0 {
		if err := json.Unmarshal(r.Spec, &spec); err != nil {
			return Request{}, refusal("invalid_document", string(r.Address)+": as wants to be a name or a list of names, version a string, latest and hold true or false", "")
		}
	}
	if !Valid(r.Name) {
		return Request{}, refusal("invalid_document", string(r.Address)+": want a name like postgresql_client", "")
	}
	return Request{
		Name: r.Name, As: spec.As, Version: spec.Version, Latest: spec.Latest, Hold: spec.Hold,
		State: r.State, DeclaredAt: r.DeclaredAt,
	}, nil
}

// agrees reports whether both want the same of one package.
func (q Request) agrees(other Request) bool {
	hold := q.Hold == nil && other.Hold == nil || q.Hold != nil && other.Hold != nil && *q.Hold == *other.Hold
	return hold && q.Version == other.Version && q.Latest == other.Latest && q.State == other.State
}

// Dashed is the name as most distributions would spell it.
func Dashed(name string) string { return strings.ReplaceAll(name, "_", "-") }

// Guess returns every name that a package manager may know the package by, as
// far as can be said without knowing the host's distribution. lock, which may be
// nil, adds what it calls the package in a repository of such hosts.
func Guess(q Request, manager string, lock *doc.PackageLock) []string {
	guesses := slices.Clone(q.As)
	if len(q.As) == 0 {
		guesses = []string{Dashed(q.Name)}
		for _, column := range families[manager] {
			e := table[q.Name][column]
			guesses = append(guesses, e.packages()...)
			if len(e.words) == 0 {
				guesses = append(guesses, develNames(q.Name, column)...)
			}
		}
	}
	if len(q.As) != 1 {
		guesses = append(guesses, locked(q.Name, manager, lock)...)
	}
	slices.Sort(guesses)
	return slices.Compact(guesses)
}

// Listed reports whether the table has a name for the package on any distribution
// with that manager, and nowhere several of which a host's index has to decide.
func Listed(name, manager string) bool {
	found := false
	for _, column := range families[manager] {
		words := len(table[name][column].words)
		if words > 1 {
			return false
		}
		found = found || words == 1
	}
	return found
}

// Options say who is asked.
type Options struct {
	// Lock is asked before the table; nil means that there is none. LockName is
	// its path, for messages.
	Lock     *doc.PackageLock
	LockName string
	// Closed refuses names that the lock, which must be there, does not have.
	Closed bool
	// Anew lists names that the lock is not asked about.
	Anew []string
	// Ask, where it is not nil, is asked for names that nobody else knows. See
	// [Asked] for its errors.
	Ask Asked
	// Asking, where it is not nil, hears before Ask is asked for the first time, and
	// then after each answer, how many names are done of how many.
	Asking func(done, of int)
}

// Resolve says what repository calls the packages. facts tell what the host has
// and what its index answered; nil means that nothing is known of a host. Of the
// names that `as` lists the first is taken that is installed, or else that the
// index has; what is installed wins, so that a newer index does not bring a second
// package beside it. The error joins a *Refusal for everything that could not be resolved.
func Resolve(reqs []Request, repository string, facts *doc.PackageFacts, o Options) (map[string]doc.PackageName, error) {
	r := resolver{repository: repository, facts: facts, options: o, names: make(map[string]doc.PackageName)}
	if o.Lock != nil {
		r.locked = o.Lock.Repositories[repository].Packages
	}
	for _, q := range reqs {
		r.resolve(q)
	}
	r.askPending()
	r.refuseUnlocked()
	r.refuseUnanswered()
	r.refuseContradictions(reqs)
	return r.answer()
}

// answer is all names, or all that stands against them.
func (r *resolver) answer() (map[string]doc.PackageName, error) {
	if err := errors.Join(r.refused...); err != nil {
		return nil, err
	}
	return r.names, nil
}

type resolver struct {
	repository string
	facts      *doc.PackageFacts
	options    Options
	locked     map[string]doc.PackageName
	names      map[string]doc.PackageName
	// pending are those for which Ask is asked, when all others are settled.
	pending []Request
	// unlocked are the names that a closed lock lacks.
	unlocked []string
	// unanswered are the names that Ask failed for, and failure is the first
	// reason.
	unanswered []string
	failure    error
	refused    []error
}

func (r *resolver) resolve(q Request) {
	locked, isLocked := r.locked[q.Name]
	isLocked = isLocked && !slices.Contains(r.options.Anew, q.Name)
	own := Dashed(q.Name)
	switch packages, parts := listed(q.Name, r.repository); {
	case len(q.As) == 1:
		r.names[q.Name] = doc.PackageName{Package: q.As[0], Source: sourceAs}
	case isLocked:
		r.takeLocked(q, locked)
	case r.options.Closed:
		r.unlocked = append(r.unlocked, q.Name)
	case len(q.As) > 1:
		r.takeFirst(q)
	case len(packages) == 1:
		r.names[q.Name] = doc.PackageName{Package: packages[0], Source: "embedded", Rule: "table"}
	case len(packages) > 1:
		r.oneOf(q, packages)
	case parts != nil:
		r.refused = append(r.refused, severalParts(q, r.repository, parts))
	case r.has(own):
		r.names[q.Name] = doc.PackageName{Package: own, Source: "index", Rule: "same name"}
	case r.hasDevel(q):
	default:
		r.pending = append(r.pending, q)
	}
}

// has reports whether the host is known to have a package of exactly that name,
// installed or in its index.
func (r *resolver) has(name string) bool {
	if r.facts == nil {
		return false
	}
	return r.installed(name) || r.facts.Available[name] != ""
}

// installed reports whether the package is on the host, if only half.
func (r *resolver) installed(name string) bool {
	if r.facts == nil {
		return false
	}
	_, whole := r.facts.Installed[name]
	_, broken := r.facts.Broken[name]
	return whole || broken
}

// refuseUnlocked names all packages that a closed lock lacks at once.
func (r *resolver) refuseUnlocked() {
	if r.unlocked == nil {
		return
	}
	if err := CheckRepository(*r.options.Lock, r.options.LockName, r.repository); err != nil {
		r.refused = append(r.refused, err)
		return
	}
	slices.Sort(r.unlocked)
	r.refused = append(r.refused, &Refusal{
		code:    "not_locked",
		message: fmt.Sprintf("the package lock %s has no name for %s on %s", r.options.LockName, list(r.unlocked), r.known()),
		hint:    AddMissing(r.options.LockName),
	})
}

func (r *resolver) known() string {
	if r.repository == "" {
		return "a distribution that is not known"
	}
	return r.repository
}

// refuseContradictions finds two names in the config for one package that do not
// want the same of it.
func (r *resolver) refuseContradictions(reqs []Request) {
	first := make(map[string]Request)
	for _, q := range reqs {
		name, ok := r.names[q.Name]
		if !ok {
			continue
		}
		other, taken := first[name.Package]
		if !taken {
			first[name.Package] = q
			continue
		}
		if !q.agrees(other) {
			r.refused = append(r.refused, &Refusal{
				code: "contradiction",
				message: fmt.Sprintf("%s and %s are both the package %s%s, and the config does not want the same of them%s",
					other.Name, q.Name, name.Package, on(r.repository), at(q)),
				hint: "keep one of the two",
			})
		}
	}
}
