package resource

import (
	"path"
	"slices"

	"hostkit/pkg/doc"
)

// Reactor is a kind whose resources are no state of the host but an act, done
// once behind the changes that call for it: a service is reloaded. Its changes
// have the action [doc.Run].
//
// That an act is called for is kept on the host as a mark ([shell] has
// hk_mark_path) from before the first change that calls for it until it is done.
// A mark outlives its plan: hk-facts observes it, and Compare then finds the
// difference that another run has left. The act's own step removes it, and so does a
// way back that is told to leave the act out (Uncalled).
type Reactor interface {
	Kind
	// Causes are the addresses, or patterns of them ([Matches]), of the resources
	// whose changes call for the act of r. They are those that its Ties follow.
	Causes(r doc.Resource) ([]doc.Address, error)
	// Command is what the act of r runs, for people who may do it by hand:
	// "/usr/bin/newaliases". It is empty where that is no command, which could have made
	// anything.
	Command(r doc.Resource) string
	// React is the difference for r when causes, which are changes of the plan,
	// call for its act.
	React(r doc.Resource, causes []doc.Address, w World) (Difference, error)
	// CausesOf are the causes that a change of the plan names.
	CausesOf(c doc.Change) ([]doc.Address, error)
	// CalledBy is such a change with these causes in the place of its own: a plan may
	// have only some of them.
	CalledBy(c doc.Change, causes []doc.Address) (doc.Change, error)
	// Uncalled is the change that takes the call for such a change's act back, without
	// doing it: the action is [doc.Update], and it names no causes.
	Uncalled(c doc.Change) doc.Change
	// Without is such a change in a plan that removes these, with what of it the act may
	// find gone by then. The error is why the act can't be done without it.
	Without(c doc.Change, removed []doc.Change) (doc.Change, error)
	// Pending reports whether found, what a Recheck of the kind saw, says that the
	// act is called for since an earlier run.
	Pending(found doc.Attributes) bool
}

// Follows are the resources that one comes after without needing them: it does
// not bring them into a plan, and they may as well be absent.
type Follows struct {
	// Addresses are addresses or patterns of them ([Matches]); Member is that of the
	// declaration in which they stand, one by one: "on".
	Addresses []doc.Address
	Member    string
	// Reason is for people: "calls for it".
	Reason string
}

// Of reports whether a is one of them.
func (f Follows) Of(a doc.Address) bool {
	return slices.ContainsFunc(f.Addresses, func(pattern doc.Address) bool { return Matches(pattern, a) })
}

// Matches reports whether a is the address that pattern gives, or one of those
// that it stands for: * is any text without a slash, ? a character, [a-z] one of
// these, and \ takes the next one as it is.
func Matches(pattern, a doc.Address) bool {
	if pattern == a {
		return true
	}
	matched, err := path.Match(string(pattern), string(a))
	return err == nil && matched
}
