package resource

import (
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/secret"
)

// Kind is one kind of resource. Its methods keep no state. Documents come from
// anywhere: what stands in a resource, a change or a host's answer is parsed
// before it is relied on.
type Kind interface {
	// Name is the part of an address before the colon.
	Name() string

	// Section says where and how the kind stands in a service of a config. A
	// kind that only other kinds derive has the zero Section.
	Section() Section
	// Expand reads the section of one service. What lacks the shape that Section
	// gives was reported and taken out before; problems are what a shape can't
	// say, all at once. Of what has a problem, a declaration may be returned too.
	Expand(section doc.Raw, files Files) ([]Declared, []Problem)

	// Survey returns the probes that observe the resources for hk-facts: all that
	// the document has of the kind, at least one. They travel in one batch, so no
	// probe can build on another's answer, and change nothing on the host, not
	// even a cache. A derived resource is not surveyed.
	//
	// An error says that a resource can't be what it says it is.
	Survey(rs []doc.Resource, on Site) ([]Probe, error)

	// Compare tells what is to be changed on the host for r to be as it should.
	// The error is ErrNotObserved, a *Refusal, or the observation's own
	// *doc.FactError; any other says that the document is not valid. It sees what
	// the host is now, not what other changes of the plan will make of it.
	Compare(r doc.Resource, w World) (Difference, error)
	// Ties says what a resource provides to others and needs from them.
	Ties(r doc.Resource) Ties

	// Recheck returns the probes that observe what the changes are about, in the
	// form of their Before and After. They are asked twice, before the steps and
	// after, and must see the same of the same host. A change that no probe
	// answers for is stale.
	//
	// An error says that a change of the plan is none that the kind can make.
	Recheck(cs []doc.Change, on Site) ([]Recheck, error)
	// Holds reports whether found is what a change's side says. A member that side
	// does not have is not compared, nor is what stands in it only for people (old
	// content, a candidate version). When After holds the change is made already;
	// when Before does it is to be made; when neither does the plan is stale.
	Holds(side, found doc.Attributes) bool
	// Steps returns what closes the gap for the changes, which don't depend on
	// each other. Every change is served by exactly one Work, and one Work may
	// serve several: of a change without one nobody is told that it failed, and
	// of two the second would report over the first.
	Steps(cs []doc.Change, on Site) ([]Work, error)

	// Undo returns the changes that take c back once it was made: they find what c
	// promised and leave what it had found. The first of them is c turned round; any
	// further ones undo what c brought along, at addresses of the kind that only the
	// plan of the way back has. r is what became of c, and nil where its plan alone
	// is known. An action [doc.Run] is undone by being done again.
	//
	// The error says for people what can't be taken back, and why; changes beside it
	// take back the rest.
	Undo(c doc.Change, r *doc.ChangeReport) ([]doc.Change, error)
}

// Deriver is a kind whose changes call for resources that nobody declared: a
// package index that must be there before a package.
type Deriver interface {
	Kind
	// Derive is called with the kind's own changes; the stage compares what it
	// returns like any other resource. What is derived derives nothing; what two
	// kinds derive under one address is one resource.
	Derive(cs []doc.Change, w World) []doc.Resource
}

// Previewer is a kind whose steps the host can play through beforehand.
type Previewer interface {
	Kind
	// Preview returns checks that change nothing. They are run in preflight, or,
	// when the changes depend on others of the plan or an earlier run was cut off in
	// them, right before Steps.
	Preview(cs []doc.Change, on Site) ([]Check, error)
}

// Supplied is a kind whose steps may take what the host alone has: a backup.
type Supplied interface {
	Kind
	// Supplies returns the check that what the change takes is there; false where it
	// takes nothing. It is made in preflight, before anything is changed, whatever
	// the change depends on.
	Supplies(c doc.Change, on Site) (Check, bool)
}

// Barred is a kind whose changes the host may forbid by what no side of them says: a
// package is held.
type Barred interface {
	Kind
	// Bars returns why c must not be made where Recheck has found that, or nil. It is
	// asked in preflight, before anything is changed, whatever the change depends on.
	Bars(c doc.Change, found doc.Attributes, on Site) error
}

// Unforeseer is a kind of whose steps a look at the host can't tell everything.
type Unforeseer interface {
	Kind
	// Unforeseen says, for people, what a dry run could not know of the changes; what
	// is about several of them stands with the first.
	Unforeseen(cs []doc.Change) map[doc.Address]string
}

// Resumer is a kind whose steps, cut off, may leave what is neither side of their
// change: a folder that is made and has not got its owner, a package that is
// unpacked and not configured.
type Resumer interface {
	Kind
	// Midway reports whether a step for the change that was begun and not ended
	// may have left found, and has something left to do there; it is then made
	// again. It is asked only of a change which the host's journal says was begun
	// under the very same plan, also where After holds: of what a transaction has
	// left of other packages, found says nothing.
	Midway(c doc.Change, found doc.Attributes) bool
}

// Site is what a stage knows of the host that it asks a kind about. It only
// grows.
type Site struct {
	// Target is the host as the plan names it; zero in Survey, which asks before
	// anything is known.
	Target doc.Target
	// Lock is the package lock that Survey asks an index about too; nil where there
	// is none.
	Lock *doc.PackageLock
	// AskIndex has Survey ask an index also about packages that are installed.
	AskIndex bool
	// Secret is what a reference comes to; zero where it could not be had. nil where
	// none was looked for. Of the stages, hk-facts and hk-apply know secrets.
	Secret func(ref doc.SecretRef) secret.Value
	// Begun reports whether an earlier run of the very plan has begun a change and
	// not ended it; nil where no plan is applied. It is known when the host's journal
	// is read: before a change is made, and before a Check of it is read, but not
	// before the first Checks are asked for.
	Begun func(a doc.Address) bool
}

// resumes reports whether one of the changes was begun by an earlier run.
func (s Site) resumes(cs []doc.Change) bool {
	return s.Begun != nil && slices.ContainsFunc(cs, func(c doc.Change) bool { return s.Begun(c.Address) })
}

// World is what hk-plan knows of the host. Facts.Now is empty: nothing may be
// planned from what changes by the minute.
type World struct {
	Facts doc.Facts
	// Names is keyed by the package's name in the config.
	Names map[string]doc.PackageName
	// Mise is the release that the kind `mise` installs; nil where no resource is
	// of it.
	Mise *doc.MiseRelease
	// RefreshIndex says that whoever asks for the plan wants the package index
	// fetched anew before packages are changed.
	RefreshIndex bool
	// Resources are all that the host should have, but not what is derived: what
	// is observed today may stand on what another of them is about to change.
	Resources []doc.Resource
}

// Difference is what Compare found. The zero Difference is "as it should be".
type Difference struct {
	// Action is empty when there is nothing to change.
	Action doc.Action
	// Reason is for people: "missing", "drift", "not wanted".
	Reason string
	// Before and After are objects with a member state and what the config
	// manages. hk-show shows all members; content as lines, and not at all where
	// sensitive is true.
	Before, After doc.Attributes
}

// Ties are a resource's place in the order of things.
type Ties struct {
	// Provides are the handles that exist once the resource is present. Two
	// resources that provide one handle contradict each other, present or not.
	Provides []Handle
	// Shares are handles that several resources may have in common, as the
	// repositories of a package manager do. Who needs one comes after all of them,
	// but for one that itself comes after who needs it: certificates are installed
	// before the repository that is had by their means.
	Shares []Handle
	// Needs with a handle that no resource provides count for nothing: it is on
	// the host, or Survey says in the observation that the host lacks it.
	Needs []Need
	// Follows are resources that it comes after, whatever becomes of them.
	Follows Follows
}

// Handle is a thing that one resource provides and others need, as
// "space:name": "path:/srv/app", "user:www-data", "group:adm",
// "package_index:apt". Whoever makes one of a space uses its function
// (pathHandle, userHandle, …).
type Handle string

// Need is an edge to whatever provides the handle. When both resources are to
// be absent, the edge is turned round: what needs goes first.
type Need struct {
	Handle Handle
	// Else are the handles that count instead where no resource provides Handle:
	// the first that one does, as of a folder's parents the nearest.
	Else []Handle
	// Reason is for people: "parent folder".
	Reason string
	// Order says that the need is no more than an order of things: what provides
	// the handle may as well be absent.
	Order bool
}
