package doc

import (
	"fmt"
	"strings"
)

// Report is what became of a plan on its host. Written by hk-apply; read by a
// person, hk-show and hk-down, which needs no plan beside it.
type Report struct {
	Schema Schema `json:"schema"`
	// Project is the plan's.
	Project string `json:"project"`
	// Host is the plan's.
	Host Host `json:"host"`
	// Target is the plan's.
	Target Target `json:"target,omitzero"`
	// Plan is the digest of the plan; empty when there was none to read.
	Plan Digest `json:"plan,omitzero"`
	// SignedBy are those who had signed the plan, where hk-apply asked for it.
	SignedBy []Signer   `json:"signed_by,omitzero"`
	Status   HostStatus `json:"status"`
	// Changes stand in the plan's order.
	Changes []ChangeReport `json:"changes"`
	// Stale names what no longer is as the plan found it.
	Stale []Mismatch `json:"stale,omitzero"`
	// Verified says that every changed resource was read again and is what the
	// plan promised.
	Verified bool `json:"verified"`
	// StartedAt is RFC 3339 in UTC, to the second.
	StartedAt string `json:"started_at"`
	// FinishedAt is RFC 3339 in UTC, to the second.
	FinishedAt string `json:"finished_at"`
	// Error says why the host failed.
	Error *HostError `json:"error,omitzero"`
}

// Signer is somebody who has signed a plan.
type Signer struct {
	// Principal is the name that the allowed signers have for the key, which may be
	// a pattern: "anna@example.com".
	Principal string `json:"principal"`
	// Key is the one that has signed.
	Key HostKey `json:"key"`
}

// HostName is the part of [Host] that stands in events.
type HostName struct {
	// Name is the host's in the config.
	Name string `json:"name"`
}

// HostStatus is what became of a host: "applied" and "nothing_to_do" are what was
// planned; "dry_run" was only looked at; "failed" has a change that failed; "stale" no
// longer was what the plan was made from, and "busy" was held by another hk-apply, so
// nothing was touched; "unreachable" could not be logged in to; "interrupted" was
// stopped; "skipped" was not begun with, since too many others had failed; of one that
// is "rolled_back" the dead-man switch put back what cut off the way to it.
type HostStatus string

// The statuses of a host.
const (
	StatusApplied     HostStatus = "applied"
	StatusNothingToDo HostStatus = "nothing_to_do"
	StatusDryRun      HostStatus = "dry_run"
	StatusFailed      HostStatus = "failed"
	StatusStale       HostStatus = "stale"
	StatusBusy        HostStatus = "busy"
	StatusUnreachable HostStatus = "unreachable"
	StatusInterrupted HostStatus = "interrupted"
	// StatusSkipped is a host that was not begun with, since too many had failed.
	StatusSkipped HostStatus = "skipped"
	// StatusRolledBack is a host whose dead-man switch has put back what cut off,
	// or could have cut off, the way to it.
	StatusRolledBack HostStatus = "rolled_back"
)

// UnmarshalText refuses other words.
func (s *HostStatus) UnmarshalText(text []byte) error {
	return oneOf(s, text, "status", StatusApplied, StatusNothingToDo, StatusDryRun, StatusFailed,
		StatusStale, StatusBusy, StatusUnreachable, StatusInterrupted, StatusSkipped, StatusRolledBack)
}

// ChangeReport is what became of one change.
type ChangeReport struct {
	Address Address `json:"address"`
	// Kind is the plan's.
	Kind string `json:"kind,omitzero"`
	// Service is the plan's.
	Service string       `json:"service,omitzero"`
	Action  Action       `json:"action"`
	Status  ChangeStatus `json:"status"`
	// Before is the plan's.
	Before Attributes `json:"before,omitzero" jsonschema:"type=object"`
	// After is the plan's, without content to write, which the plan has.
	After Attributes `json:"after,omitzero" jsonschema:"type=object"`
	// DependsOn is the plan's.
	DependsOn []Dependency `json:"depends_on,omitzero"`
	// BegunBefore says, of a change that was made already or was carried on with, that
	// an earlier run of the same plan has begun it, which did not come to its end.
	BegunBefore bool `json:"begun_before,omitzero"`
	// Backup is the file on the host that keeps the content which was replaced or
	// removed; it goes when newer ones need the room.
	Backup string `json:"backup,omitzero"`
	// Transaction is every package that the manager's transaction touched, or would
	// in a dry run, as "name version"; on the first of the changes that share one.
	Transaction []string `json:"transaction,omitzero"`
	// Beside is what that transaction did to packages which none of its changes
	// names: "name version" where one was not there before, "name version (was
	// 1.2)" where it had another version.
	Beside []string `json:"beside,omitzero"`
	// Message says why, where the status is failed or skipped; of what is done what a
	// person should know; of what would be changed what a dry run could not know.
	Message string `json:"message,omitzero"`
	// Output is the end of what the failed command printed.
	Output string `json:"output,omitzero"`
}

// ChangeStatus is what became of a change: "done"; "already", the host had it before;
// "failed"; "skipped", since what it depends on failed; "not_reached", since the host
// was left before; "would_change", in a dry run; "unknown", sent and its end not seen:
// the same plan, applied again, finds out; "rolled_back", made and put back by the
// dead-man switch.
type ChangeStatus string

// The statuses of a change.
const (
	ChangeDone        ChangeStatus = "done"
	ChangeAlready     ChangeStatus = "already"
	ChangeFailed      ChangeStatus = "failed"
	ChangeSkipped     ChangeStatus = "skipped"
	ChangeNotReached  ChangeStatus = "not_reached"
	ChangeWouldChange ChangeStatus = "would_change"
	// ChangeUnknown is a change that was sent and whose result was not seen. The
	// same plan, applied again, finds out.
	ChangeUnknown ChangeStatus = "unknown"
	// ChangeRolledBack is a change that was made, and put back by the dead-man
	// switch.
	ChangeRolledBack ChangeStatus = "rolled_back"
)

// UnmarshalText refuses other words.
func (s *ChangeStatus) UnmarshalText(text []byte) error {
	return oneOf(s, text, "status", ChangeDone, ChangeAlready, ChangeFailed, ChangeSkipped,
		ChangeNotReached, ChangeWouldChange, ChangeUnknown, ChangeRolledBack)
}

// Mismatch is something that is not as a plan found it or promised it.
type Mismatch struct {
	// What is an address, or the part of the target that differs:
	// "identity.machine_id".
	What string `json:"what"`
	// Planned is what the plan has of it.
	Planned Raw `json:"planned"`
	// Found is what the host has.
	Found Raw `json:"found"`
}

// Event is one line of `hk-apply --events`. The first line of a stream is a
// "protocol" event. A reader passes over types and members that it does not know.
type Event struct {
	Schema Schema    `json:"schema"`
	Type   EventType `json:"type"`
	// At is RFC 3339 in UTC with milliseconds.
	At string `json:"at"`
	// Tool is the program that writes, in the first event: "hk-apply 0.1.0".
	Tool string   `json:"tool,omitzero"`
	Host HostName `json:"host,omitzero"`
	// Plan is the digest of the plan of a host that is begun with.
	Plan Digest `json:"plan,omitzero"`
	// Changes is how many changes the plan has of a host that is begun with.
	Changes int `json:"changes,omitzero"`
	// Address is that of the change.
	Address Address `json:"address,omitzero"`
	// Action is that of the change.
	Action Action `json:"action,omitzero"`
	// Status is that of the change or of the host that has ended, as in the report; of
	// a note "under_way" where a step takes long, and "left_out" where events of a
	// reader that is too slow were left out.
	Status string `json:"status,omitzero"`
	// Message is a text for people: of a change that is begun the step that makes it,
	// of one that has ended the reason where there is one, of output the line.
	Message string `json:"message,omitzero"`
	// Output is the end of what a command printed that failed, of a change that has
	// ended.
	Output string `json:"output,omitzero"`
}

// What a note can have as its status: that a step takes long, and that events were
// left out, since their reader was too slow.
const (
	NoteUnderWay = "under_way"
	NoteLeftOut  = "left_out"
)

// EventTime is the layout of an event's time (package time).
const EventTime = "2006-01-02T15:04:05.000Z"

// EventType is what happened: "protocol" begins a stream; "host_started" and
// "host_finished" stand around what is told of a host, of which one that was not begun
// with has the second alone; "change_started" is a change whose step was sent, and
// "change_finished" what became of one, of which the last counts; "note" is what a
// person should know and no change is about; "output" is a line that a command on the
// host printed.
type EventType string

// The events.
const (
	// EventProtocol begins a stream and says in which form it is.
	EventProtocol EventType = "protocol"
	// EventHostStarted and EventHostFinished stand around what is told of a host. One
	// that was not begun with has the second alone.
	EventHostStarted  EventType = "host_started"
	EventHostFinished EventType = "host_finished"
	// EventChangeStarted is a change whose step was sent. EventChangeFinished is what
	// became of a change; one that is found made already has it alone, and one that is
	// found otherwise in the end has it twice: the last counts.
	EventChangeStarted  EventType = "change_started"
	EventChangeFinished EventType = "change_finished"
	// EventNote is what a person should know and no change is about: "took the
	// host's lock over".
	EventNote EventType = "note"
	// EventOutput is a line that a command on the host printed, while the change at
	// Address was made. Secrets are taken out.
	EventOutput EventType = "output"
)

// UnmarshalText refuses other words.
func (t *EventType) UnmarshalText(text []byte) error {
	return oneOf(t, text, "event type", EventProtocol, EventHostStarted, EventChangeStarted,
		EventChangeFinished, EventHostFinished, EventNote, EventOutput)
}

// oneOf sets *to to the word in text if it is one of known.
func oneOf[T ~string](to *T, text []byte, what string, known ...T) error {
	names := make([]string, len(known))
	for i, word := range known {
		if string(word) == string(text) {
			*to = word
			return nil
		}
		names[i] = string(word)
	}
	return fmt.Errorf("%q is not a known %s: want one of %s", text, what, strings.Join(names, ", "))
}
