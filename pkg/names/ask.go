package names

import (
	"errors"
	"fmt"
	"slices"

	"hostkit/pkg/doc"
)

// Asked says what a repository calls a package that nobody else knows. Its error
// is a [NoAnswer], a *[Refusal], or the reason why nobody could be asked, which
// is told once for all names.
type Asked func(q Request, repository string) (doc.PackageName, error)

// NoAnswer is the error of an [Asked] that knows no package of the name. It says
// why, as the end of a sentence: "Repology has none".
type NoAnswer string

func (n NoAnswer) Error() string { return string(n) }

// askPending asks for all names that nobody else knows. One is not looked up
// elsewhere when the host says that it stands for several, or could not look.
func (r *resolver) askPending() {
	done, of := 0, 0
	for _, q := range r.pending {
		if r.asks(q) {
			of++
		}
	}
	tell := r.options.Asking
	if tell == nil || of == 0 {
		tell = func(int, int) {}
	}
	tell(0, of)
	for _, q := range r.pending {
		if !r.asks(q) {
			r.refused = append(r.refused, r.unknown(q, ""))
			continue
		}
		r.ask(q)
		done++
		tell(done, of)
	}
}

// ask takes the answer of the one who is asked last.
func (r *resolver) ask(q Request) {
	answer, err := r.options.Ask(q, r.repository)
	var none NoAnswer
	var refusal *Refusal
	switch {
	case err == nil:
		r.names[q.Name] = answer
	case errors.As(err, &none):
		r.refused = append(r.refused, r.unknown(q, string(none)))
	case errors.As(err, &refusal):
		r.refused = append(r.refused, refusal)
	default:
		r.unanswered = append(r.unanswered, q.Name)
		if r.failure == nil {
			r.failure = err
		}
	}
}

func (r *resolver) asks(q Request) bool {
	failed := r.facts != nil && r.facts.Error != nil
	return r.options.Ask != nil && r.repository != "" && !failed && len(r.providers(Dashed(q.Name))) == 0
}

// refuseUnanswered names all packages that nobody could be asked about at once.
func (r *resolver) refuseUnanswered() {
	if r.failure == nil {
		return
	}
	slices.Sort(r.unanswered)
	r.refused = append(r.refused, fmt.Errorf("no name is known on %s for %s: %w", r.known(), Few(r.unanswered), r.failure))
}

// Ambiguous is the refusal of a name for which there are candidates, of which
// only a person can choose one. why says it as the end of a sentence.
func Ambiguous(q Request, repository, why string, candidates []string) *Refusal {
	return &Refusal{
		code:    "package_ambiguous",
		message: fmt.Sprintf("package %q: no name is known for it on %s: %s%s", q.Name, repository, why, at(q)),
		hint:    element(q.Name, candidates),
	}
}

// Few lists words for a sentence, but not hundreds.
func Few(words []string) string {
	const some = 8
	if len(words) <= some {
		return list(words)
	}
	return fmt.Sprintf("%s and %d more", list(words[:some]), len(words)-some)
}
