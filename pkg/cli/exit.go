package cli

// The exit statuses of every command; [Exits] says what each means. An unknown one is
// a failure.
const (
	ExitDone        = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitRefused     = 3
	ExitUnreachable = 4
	ExitStale       = 5
	ExitBusy        = 6
	ExitChanges     = 10
	ExitInterrupted = 130
	// ExitPipe is what a shell gives for a command that SIGPIPE ended.
	ExitPipe = 141
)

// Exits is the table of all statuses, lowest first.
var Exits = []ExitDescription{
	{ExitDone, "done", "everything asked for holds"},
	{ExitFailed, "failed", "the work failed on at least one host, hosts failed for different reasons, or a local file could not be written"},
	{ExitUsage, "usage", "the command was called wrongly, and nothing was done"},
	{ExitRefused, "input refused", "an invalid document, an unknown version, a digest or signature that does not match, a secret that is not to be had, a package name that is ambiguous or not found"},
	{ExitUnreachable, "host unreachable", "a host could not be reached, or refused the login"},
	{ExitStale, "plan is stale", "a host no longer is what its plan was made from"},
	{ExitBusy, "host is busy", "another hk-apply holds the host"},
	{ExitChanges, "changes pending", "changes are to be made; only where --exit-code asks for it, and a failure wins over it"},
	{ExitInterrupted, "interrupted", "a signal ended the command"},
	{ExitPipe, "seen enough", "whoever read a text for people had seen enough of it, as head has"},
}
