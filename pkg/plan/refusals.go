package plan

import (
	"errors"
	"fmt"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

// Refusal is one reason why there is no plan for a host. A plan that is refused
// for several reasons gets all of them, joined by [errors.Join].
type Refusal struct {
	code, message, hint string
}

// NewRefusal is a reason found elsewhere than here; its hint may be empty.
func NewRefusal(code, message, hint string) *Refusal { return &Refusal{code, message, hint} }

func (r *Refusal) Error() string { return r.message }

// Code is a stable word for programs: "wrong_type".
func (r *Refusal) Code() string { return r.code }

// Hint says what to do; it may be empty.
func (r *Refusal) Hint() string { return r.hint }

// Exit is the status of refused input.
func (r *Refusal) Exit() int { return 3 }

// refusals collects everything that stands against a plan, so that a person
// sees all of it at once.
type refusals []error

// add refuses a resource and says where it was declared.
func (f *refusals) add(r doc.Resource, code, message, hint string) {
	if r.DeclaredAt != "" {
		message += " (" + r.DeclaredAt + ")"
	}
	*f = append(*f, &Refusal{code, message, hint})
}

// addError words what a kind said of a resource.
func (f *refusals) addError(r doc.Resource, err error) {
	var refusal *resource.Refusal
	var fact *doc.FactError
	switch {
	case errors.Is(err, resource.ErrNotObserved):
		f.add(r, "not_observed", fmt.Sprintf("%s was not observed", r.Address), "run hk-facts on this document")
	case errors.As(err, &refusal):
		f.add(r, refusal.Code, naming(r.Address, refusal.Message), refusal.Hint)
	case errors.As(err, &fact):
		hint := ""
		switch fact.Code {
		case "permission_denied":
			hint = "log in as root, or set sudo for the host (or give --sudo), and run hk-facts again"
		case "invalid_fact":
			hint = "run hk-facts again, and leave its facts as they are"
		}
		f.add(r, fact.Code, naming(r.Address, fact.Message), hint)
	default:
		f.add(r, "invalid_document", naming(r.Address, err.Error()), "change the config, and make the document anew: hk-eval CONFIG | hk-facts")
	}
}

// naming puts the address before a message that does not begin with it, and in the
// place of the name alone: "file:/etc/x is a folder".
func naming(a doc.Address, message string) string {
	if rest, ok := strings.CutPrefix(message, a.Name()+" "); ok {
		return string(a) + " " + rest
	}
	if strings.HasPrefix(message, string(a)) {
		return message
	}
	return string(a) + ": " + message
}

// err is nil, or one error that says everything.
func (f refusals) err() error { return errors.Join(f...) }
