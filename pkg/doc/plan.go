package doc

// Plan is the exact difference between what a host is and what it should be.
// Written by hk-plan and hk-down; read by a person, hk-show, hk-apply and hk-down.
// It is self-contained.
type Plan struct {
	Schema Schema `json:"schema"`
	// Project is the config's.
	Project string `json:"project"`
	// Tool is the program that wrote it: "hk-plan 0.1.0".
	Tool string `json:"tool"`
	// Host is how the host is reached.
	Host   Host   `json:"host"`
	Target Target `json:"target"`
	// Secrets lists every reference and what uses it.
	Secrets []SecretUse `json:"secrets,omitzero"`
	// Changes stand in the order in which they can be made.
	Changes []Change `json:"changes"`
	// Unchanged are the resources that already are as they should be.
	Unchanged []Address `json:"unchanged"`
	// Arrivals are the unchanged ones that are absent, as they should be, and that a
	// change of this plan may bring. It does not remove them then: the next plan does.
	Arrivals []Arrival `json:"arrivals,omitzero"`
	// Irreversible is what a plan of hk-down leaves as it is, though what it takes
	// back had changed it.
	Irreversible []Irreversible `json:"irreversible,omitzero"`
	Summary      Summary        `json:"summary"`
	// Digest is that of the RFC 8785 bytes of all other members.
	Digest Digest `json:"digest"`
}

// Target is the host the plan was made from; hk-apply refuses any other.
type Target struct {
	Identity Identity `json:"identity"`
	OS       TargetOS `json:"os"`
	// PackageManager is the one that the facts found.
	PackageManager string `json:"package_manager,omitzero"`
	// PackageRepository is the distribution release that the names of packages are of.
	PackageRepository string `json:"package_repository,omitzero"`
}

// TargetOS is the part of [OS] that an upgrade of the kernel leaves alone.
type TargetOS struct {
	// ID is that of os-release(5): "debian".
	ID string `json:"id"`
	// VersionID is that of os-release(5): "12".
	VersionID string `json:"version_id,omitzero"`
}

// SecretUse is a secret reference and the places that use it.
type SecretUse struct {
	SecretRef
	// UsedBy are the members of this document that refer to it: "host.ssh.password",
	// "content of file:/etc/app.env".
	UsedBy []string `json:"used_by"`
}

// Action is what a change does: "create" and "update" what is not there or differs,
// "delete" what is not wanted, "unknown" where only hk-apply can tell whether there is
// anything to do, "run" what is done once behind the changes that call for it.
type Action string

// The actions. Unknown is a change of which only hk-apply can tell whether it
// is needed. Run is no state to be reached but something to be done once, behind
// the changes that call for it: a service is reloaded.
const (
	Create  Action = "create"
	Update  Action = "update"
	Delete  Action = "delete"
	Unknown Action = "unknown"
	Run     Action = "run"
)

// UnmarshalText refuses other words.
func (a *Action) UnmarshalText(text []byte) error {
	return oneOf(a, text, "action", Create, Update, Delete, Unknown, Run)
}

// Change is one difference to make.
type Change struct {
	Address Address `json:"address"`
	// Kind is the part of Address before the colon.
	Kind string `json:"kind"`
	// Service is the one of the config that has the resource.
	Service string `json:"service,omitzero"`
	Action  Action `json:"action"`
	// Reason is why, for display: "missing", "drift", "not wanted". Programs
	// treat an unknown one as unspecified.
	Reason string `json:"reason"`
	// Before is what the host must still have: members of the kind. What is not
	// managed does not stand in it.
	Before Attributes `json:"before" jsonschema:"type=object"`
	// After is what the host will have: members of the kind.
	After Attributes `json:"after" jsonschema:"type=object"`
	// DependsOn are changes of this plan that come before.
	DependsOn []Dependency `json:"depends_on"`
	// Lacks names what it needs and neither the host nor the config has, as
	// "path:/etc/nginx" or "user:www-data": what it is declared to depend on may bring
	// it, and nobody knows before it is made.
	Lacks []string `json:"lacks,omitzero"`
	// DeclaredAt is the file and JSON pointer of the declaration.
	DeclaredAt string `json:"declared_at,omitzero"`
}

// Dependency is an edge of the plan's graph.
type Dependency struct {
	Address Address `json:"address"`
	// Reason is why the order matters, for display: "parent folder".
	Reason string `json:"reason"`
	// With is the change that needs it, where this one does not and only goes in one
	// transaction with that.
	With Address `json:"with,omitzero"`
}

// Arrival is what should be absent, is, and may come all the same.
type Arrival struct {
	Address Address `json:"address"`
	// By are the changes that may bring it.
	By []Address `json:"by"`
}

// Irreversible is a change that can't be taken back.
type Irreversible struct {
	Address Address `json:"address"`
	// Reason is why not, for people.
	Reason string `json:"reason"`
}

// Summary counts a plan's changes by action.
type Summary struct {
	// Create counts what is not there yet.
	Create int `json:"create"`
	// Update counts what is there and differs.
	Update int `json:"update"`
	// Delete counts what goes.
	Delete int `json:"delete"`
	// Unknown counts what only hk-apply can tell about.
	Unknown int `json:"unknown"`
	// Run counts what is done once; missing where nothing is.
	Run int `json:"run,omitzero"`
	// NoOp counts the resources that are as they should be.
	NoOp int `json:"no_op"`
}

// Tally counts what the plan would do, whatever its Summary says.
func (p Plan) Tally() Summary {
	s := Summary{NoOp: len(p.Unchanged)}
	for _, c := range p.Changes {
		switch c.Action {
		case Create:
			s.Create++
		case Update:
			s.Update++
		case Delete:
			s.Delete++
		case Unknown:
			s.Unknown++
		case Run:
			s.Run++
		}
	}
	return s
}
