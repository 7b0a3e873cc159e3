package names

import (
	"errors"
	"fmt"
	"strings"
)

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

// Refusal is one reason why a document's packages have no names. Several are
// joined by [errors.Join], so that a person sees all at once.
type Refusal struct {
	code, message, hint string
}

func (r *Refusal) Error() string { return r.message }

// Code is a stable word for programs: "package_unknown".
func (r *Refusal) Code() string { return r.code }

// Hint says what to do; it may be empty.
func (r *Refusal) Hint() string { return r.hint }

// Exit is the status of refused input.
func (r *Refusal) Exit() int { return 3 }

// Join is [errors.Join] of what errors have joined before: a person is told each
// reason for itself.
func Join(errs ...error) error {
	var all []error
	for _, err := range errs {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			all = append(all, joined.Unwrap()...)
		} else {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

// Refusef is a refusal with a formatted message; the hint may be empty.
func Refusef(code, hint, format string, args ...any) *Refusal {
	return &Refusal{code: code, message: fmt.Sprintf(format, args...), hint: hint}
}

func refusal(code, message, hint string) error {
	return &Refusal{code, message, hint}
}
