package doc

// RunRecord is what a host keeps of a run of hk-apply: its report without what the
// changes were. Written by hk-apply; read back by hk-facts with the group runs.
type RunRecord struct {
	// Project is the plan's.
	Project string `json:"project,omitzero"`
	// Plan is the digest of the plan.
	Plan Digest `json:"plan"`
	// Status is what became of the host.
	Status HostStatus `json:"status"`
	// Verified says that every changed resource was read again and is what the plan
	// promised.
	Verified bool `json:"verified"`
	// StartedAt is RFC 3339 in UTC, by the clock of the machine that applied.
	StartedAt string `json:"started_at"`
	// FinishedAt is RFC 3339 in UTC, by the clock of the machine that applied.
	FinishedAt string `json:"finished_at"`
	// Holder is who applied: "anna@laptop".
	Holder string `json:"holder,omitzero"`
	// Changes are those of the report.
	Changes []RunChange `json:"changes"`
	// LeftOut counts the changes that are not listed, since a record has a bound.
	LeftOut int `json:"left_out,omitzero"`
}

// RunChange is what became of a change, in a [RunRecord].
type RunChange struct {
	Address Address      `json:"address"`
	Action  Action       `json:"action"`
	Status  ChangeStatus `json:"status"`
	// Backup is that of [ChangeReport].
	Backup string `json:"backup,omitzero"`
}

// Runs is what hk-apply has done on the host, as that keeps it for the user who is
// logged in: root's runs are root's to see. It is there where the group runs was asked
// for, or where a run is not over.
type Runs struct {
	Gathered
	// Unfinished is the run that has begun and not said how it ended: it was cut off,
	// or is under way.
	Unfinished *UnfinishedRun `json:"unfinished,omitzero"`
	// Records are those of the runs that have ended, newest first. They are there only
	// where the group runs was asked for.
	Records []RunRecord `json:"records,omitzero"`
}

// UnfinishedRun is what the host's journal has of a run that is not over.
type UnfinishedRun struct {
	// Plan is the digest of the plan; the same plan, applied again, carries on.
	Plan Digest `json:"plan"`
	// BegunAt is RFC 3339 in UTC, by the host's clock.
	BegunAt string `json:"begun_at"`
	// Holder is who applied: "anna@laptop".
	Holder string `json:"holder,omitzero"`
	// Changes is how many changes the plan has.
	Changes int `json:"changes"`
	// Begun is how many of them were begun.
	Begun int `json:"begun"`
	// Ended is how many of these are known to have been made.
	Ended int `json:"ended"`
}
