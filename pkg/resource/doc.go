// Package resource knows what a host can be made of: one file per kind.
//
// A kind answers five questions, and no stage knows more of it than the
// answers:
//
//  1. How does it look in a config? [Kind.Section] and [Kind.Expand].
//  2. What is to be asked of the host? [Kind.Survey] for hk-facts, [Kind.Recheck]
//     for hk-apply, which looks again before and after.
//  3. When do wanted and observed differ, and what comes first? [Kind.Compare]
//     and [Kind.Ties].
//  4. Which steps close the gap? [Kind.Steps], and [Previewer] where the host
//     can say beforehand what a step will do, [Unforeseer] for what it can't.
//  5. How is it taken back? [Kind.Undo]: mostly by the change with its sides
//     swapped, since a plan holds before and after. [Supplied] where the host
//     alone has what that takes, a backup say.
//
// A kind whose changes the host may forbid, by a hold on a package say, is [Barred].
// A kind whose changes can cut off the way to the host says so: [Guarded] where the
// dead-man switch can put back what was there, [Uprooter] where nothing could.
//
// What is no state of the host but something to be done, behind the changes that
// call for it, is a [Reactor]; trigger.go is the one there is.
//
// # How to add a kind
//
//  1. Write one file, named after the kind, with a type that implements [Kind],
//     and add it to the slice in kinds.go. No stage is touched.
//  2. Run `make generate`: the section's Go type becomes its schema, and the doc
//     comments of the type and its fields the descriptions.
//  3. Add the commands that its scripts call for the first time to the list in
//     pkg/shell/tools.go, not as needed ones; a test names those that lack there.
//     A script still says itself what the host has not.
//
// The file of a kind `group` would begin so; package_index.go shows all of a small
// one, symlink.go one with a section:
//
//	type Group struct { // what a person writes
//		Common
//		// GID is the group's number. When it is not given, …
//		GID *uint32 `json:"gid,omitzero"`
//	}
//	type groupState struct { // both sides of a change; what a probe finds
//		State doc.Presence `json:"state,omitzero"`
//		GID   *uint32      `json:"gid,omitzero"`
//	}
//	type groups struct{}
//
//	func (groups) Name() string { return "group" }
//	func (groups) Section() Section {
//		return Section{Member: "groups", Shape: map[string]Group{}, Example: `{"app": {"gid": 990}}`}
//	}
//	func (groups) Ties(r doc.Resource) Ties {
//		return Ties{Provides: []Handle{groupHandle(Account(r.Name))}}
//	}
//
// What holds for every kind:
//
//   - Expand checks names and values so far that they can become arguments, and
//     so do Survey, Recheck and Steps: a host document or a plan may come from
//     anywhere, and [shell.New] panics on a NUL byte.
//   - Scripts are constants that take their data as "$1", "$2", …; what several
//     kinds share stands in pkg/shell's prelude. Survey and Recheck ask about all
//     resources with as few processes as possible, since a host is asked once.
//   - The State of a [doc.Observation] stands apart from the kind's own members,
//     and where it has none of these, its Attributes are read back as no bytes.
//   - What the config does not manage stands in neither side of a change. After
//     says all that the step needs, Before all that the way back needs.
//   - A step that was cut off is found as Before or After, or the kind is a [Resumer]
//     that knows what lies between: anything else makes the plan stale. Best is a
//     step that changes at one stroke, last, all that its sides name. What it makes
//     beside its target until then, and leaves there when it is killed, it takes
//     away as a [Sweeper].
//   - What another kind can make is needed by its handle ([Ties]), never by the
//     other kind's code or name.
//
// Test it with a table for Expand and Compare, and the scripts for real on dash,
// bash and BusyBox ash (onEachShell in host_test.go): look, make, look again,
// make again, take back. `go test ./pkg/resource ./pkg/shell ./schemas` says
// what was forgotten. Then watch it on a host, with bin in PATH and the host of
// `go run ./tests/lab/cmd/hk-lab up --name x` in the config; the second plan
// must be empty:
//
//	hk-eval c.json | hk-facts --all | hk-plan > p.json && hk-show p.json && hk-apply --confirm < p.json
package resource
