// Package names says what a distribution calls a package, offline: a config says
// postgresql_client or openssl_dev, and every distribution has its own names.
//
// Order of authority: the config's `as`, the lock, the embedded table, and the
// name itself with "_" as "-" where the host has exactly that package or its
// index does. Otherwise the name is refused with what may be meant: never the
// first of several, never a name that nobody has confirmed. The functions are
// pure, so hk-facts (what to ask the index about), hk-resolve and hk-plan come to
// the same answer.
package names

import (
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
	// As is the distribution's own name, where the config gives it.
	As string
	// Version is exact; empty where any will do.
	Version    string
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
		As      string `json:"as"`
		Version string `json:"version"`
	}
	if len(r.Spec) > 0 {
		if err := json.Unmarshal(r.Spec, &spec); err != nil {
			return Request{}, fmt.Errorf("%s: as and version want to be strings", r.Address)
		}
	}
	if !Valid(r.Name) {
		return Request{}, fmt.Errorf("%s: want a name like postgresql_client", r.Address)
	}
	return Request{Name: r.Name, As: spec.As, Version: spec.Version, State: r.State, DeclaredAt: r.DeclaredAt}, nil
}

// dashed is the name as most distributions would spell it.
func dashed(name string) string { return strings.ReplaceAll(name, "_", "-") }

// Guess returns every name that a package manager may know the package by, as
// far as can be said without knowing the host's distribution.
func Guess(q Request, manager string) []string {
	if q.As != "" {
		return []string{q.As}
	}
	guesses := []string{dashed(q.Name)}
	for _, column := range families[manager] {
		if name := table[q.Name][column]; name != "" {
			guesses = append(guesses, name)
		}
	}
	slices.Sort(guesses)
	return slices.Compact(guesses)
}

// Options say who is asked.
type Options struct {
	// Lock is asked before the table; nil means that there is none. LockName is
	// its path, for messages.
	Lock     *doc.PackageLock
	LockName string
	// Closed refuses names that the lock does not have.
	Closed bool
	// Anew lists names that the lock is not asked about.
	Anew []string
}

// Resolve says what repository calls the packages. facts tell what the host has
// and what its index answered; nil means that nothing is known of a host. The
// error is a *Refused that says everything that could not be resolved.
func Resolve(reqs []Request, repository string, facts *doc.PackageFacts, o Options) (map[string]doc.PackageName, error) {
	r := resolver{repository: repository, facts: facts, options: o, names: make(map[string]doc.PackageName)}
	if o.Lock != nil {
		r.locked = o.Lock.Repositories[repository].Packages
	}
	for _, q := range reqs {
		r.resolve(q)
	}
	r.refuseUnlocked()
	r.refuseContradictions(reqs)
	if len(r.refused) > 0 {
		return nil, &Refused{Refusals: r.refused}
	}
	return r.names, nil
}

type resolver struct {
	repository string
	facts      *doc.PackageFacts
	options    Options
	locked     map[string]doc.PackageName
	names      map[string]doc.PackageName
	// unlocked are the names that a closed lock lacks.
	unlocked []string
	refused  []Refusal
}

func (r *resolver) resolve(q Request) {
	locked, isLocked := r.locked[q.Name]
	isLocked = isLocked && !slices.Contains(r.options.Anew, q.Name)
	own := dashed(q.Name)
	switch listed := table[q.Name][columnOf(r.repository)]; {
	case q.As != "":
		r.names[q.Name] = doc.PackageName{Package: q.As, Source: "as"}
	case isLocked:
		locked.Source = "lock"
		r.names[q.Name] = locked
	case r.options.Closed:
		r.unlocked = append(r.unlocked, q.Name)
	case listed != "":
		r.names[q.Name] = doc.PackageName{Package: listed, Source: "embedded", Rule: "table"}
	case r.has(own):
		r.names[q.Name] = doc.PackageName{Package: own, Source: "index", Rule: "same name"}
	default:
		r.refused = append(r.refused, r.unknown(q))
	}
}

// has reports whether the host is known to have a package of exactly that name,
// installed or in its index.
func (r *resolver) has(name string) bool {
	if r.facts == nil {
		return false
	}
	_, installed := r.facts.Installed[name]
	_, broken := r.facts.Broken[name]
	return installed || broken || r.facts.Available[name] != ""
}

// refuseUnlocked names all packages that a closed lock lacks at once.
func (r *resolver) refuseUnlocked() {
	if r.unlocked == nil {
		return
	}
	slices.Sort(r.unlocked)
	r.refused = append(r.refused, Refusal{
		Code:    "not_locked",
		Message: fmt.Sprintf("the package lock %s has no name for %s on %s", r.options.LockName, list(r.unlocked), r.known()),
		Hint:    fmt.Sprintf("hk-resolve --write-package-lock %s adds what is missing", r.options.LockName),
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
		if other.Version != q.Version || other.State != q.State {
			r.refused = append(r.refused, Refusal{
				Name: q.Name, Code: "contradiction",
				Message: fmt.Sprintf("%s and %s are both the package %s%s, and the config does not want the same of them%s",
					other.Name, q.Name, name.Package, on(r.repository), at(q)),
				Hint: "keep one of the two",
			})
		}
	}
}

// on says where, when that is known.
func on(repository string) string {
	if repository == "" {
		return ""
	}
	return " on " + repository
}

// at says where in the config.
func at(q Request) string {
	if q.DeclaredAt == "" {
		return ""
	}
	return " (" + q.DeclaredAt + ")"
}

// list joins words for a sentence.
func list(words []string) string { return strings.Join(words, ", ") }

// Refusal is a name that could not be resolved.
type Refusal struct {
	// Name is the one in the config; empty where several are concerned.
	Name string
	// Code is a stable word for programs: "package_unknown".
	Code          string
	Message, Hint string
}

// Refused says everything that could not be resolved for a host.
type Refused struct {
	Refusals []Refusal
}

// Error has a line for each reason.
func (e *Refused) Error() string {
	lines := make([]string, len(e.Refusals))
	for i, r := range e.Refusals {
		lines[i] = r.Message
	}
	return strings.Join(lines, "\n")
}

// Code is the first reason's.
func (e *Refused) Code() string { return e.Refusals[0].Code }

// Hint has a line for each different hint.
func (e *Refused) Hint() string {
	var hints []string
	for _, r := range e.Refusals {
		if r.Hint != "" && !slices.Contains(hints, r.Hint) {
			hints = append(hints, r.Hint)
		}
	}
	return strings.Join(hints, "\n")
}

// Exit is the status of refused input.
func (e *Refused) Exit() int { return 3 }

