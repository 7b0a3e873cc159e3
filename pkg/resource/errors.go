package resource

import "errors"

// ErrNotObserved is returned by Compare for a resource that hk-facts was not
// asked about.
var ErrNotObserved = errors.New("not observed")

// Refusal is a difference that must not be closed: a folder where a file should
// be, a package that the index does not have, a transaction that would remove
// what the plan does not name.
type Refusal struct {
	// Code is a stable word for programs: "wrong_type".
	Code    string
	Message string
	Hint    string
}

func (r *Refusal) Error() string { return r.Message }
