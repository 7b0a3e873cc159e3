package resource

import (
	"hostkit/pkg/doc"
	"hostkit/pkg/secret"
	"hostkit/pkg/shell"
)

// Probe is one step of hk-facts.
type Probe struct {
	// Name is for messages: "look at 12 paths".
	Name   string
	Script shell.Script
	// Limit bounds the output in bytes; 0 means the session's default.
	Limit int
	// Read adds what the host answered: as a rule, Observed of each resource of
	// the probe. An error means that the answer made no sense, and no fact of the
	// host is had; a fact that can't be had is a *doc.FactError at that fact.
	Read func(r shell.Result, facts *doc.Facts) error
}

// Recheck is one probe of hk-apply.
type Recheck struct {
	Name   string
	Script shell.Script
	Limit  int
	// Read returns what was found for each change, in the form of Before, which is
	// never empty. An error ends the work on the host. It is called as often as the
	// script is run.
	Read func(r shell.Result) (map[doc.Address]doc.Attributes, error)
}

// Check is one preview of hk-apply.
type Check struct {
	Name   string
	Script shell.Script
	Limit  int
	// Read returns an error when the step must not be made: a *Refusal.
	Read func(r shell.Result) error
	// Touches is what the step would touch, as Outcome.Transaction says it of what was;
	// nil where the check does not tell. It is asked of what Read has passed.
	Touches func(r shell.Result) []string
}

// Work is one step on the host. It may be cut off anywhere and be made again,
// and it does nothing where its changes are made already.
type Work struct {
	// Name is for people: "install 3 packages".
	Name string
	// Changes are the addresses that the step serves, in order; at least one.
	Changes []doc.Address
	Script  shell.Script
	// Content is what the script reads on standard input; nil for none.
	Content *doc.Content
	// Secret is that where it is a secret, which is had when it is sent; Content is nil
	// then.
	Secret secret.Value
	// Alone is set for what is long or does harm when it is made twice: it is sent
	// only when everything before it is answered. The others are pushed ahead, and
	// still run when the connection is lost.
	Alone bool
	// Read judges the result; nil means that status 0 is success and the last
	// line of standard error says why not.
	Read func(r shell.Result) (Outcome, error)
}

// Size is the number of bytes that the script reads on standard input.
func (w Work) Size() int64 {
	if w.Content == nil {
		return int64(w.Secret.Len())
	}
	return contentSize(*w.Content)
}

// Outcome is what a step tells the report.
type Outcome struct {
	// Transaction is every package touched, as "name version".
	Transaction []string
	// Beside is what of it no change names, as [doc.ChangeReport.Beside] says.
	Beside []string
	// Already lists changes of the work that turned out to be made already.
	Already []doc.Address
	// Backups are the files on the host that keep what the changes replaced or
	// removed.
	Backups map[doc.Address]string
	// Remarks are what a person should know of changes that were made.
	Remarks map[doc.Address]string
	// Failed are those of the step's changes that were not made, and why; the
	// others were.
	Failed map[doc.Address]error
	// Output is what a person reads of a step that failed as a whole, where that is
	// not what the step printed; nil where it is.
	Output *string
}
