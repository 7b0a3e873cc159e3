package doc

// RunRecord is what a host keeps of a run of hk-apply: its report without what the
// changes were. Written by hk-apply; read back by hk-facts.
type RunRecord struct {
	Project string `json:"project,omitzero"`
	// Plan is the digest of the plan.
	Plan     Digest     `json:"plan"`
	Status   HostStatus `json:"status"`
	Verified bool       `json:"verified"`
	// StartedAt and FinishedAt are RFC 3339 in UTC, by the clock of the machine that
	// applied.
	StartedAt  string `json:"started_at"`
	FinishedAt string `json:"finished_at"`
	// Holder is who applied: "anna@laptop".
	Holder  string      `json:"holder,omitzero"`
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
