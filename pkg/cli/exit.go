package cli

// The exit statuses of every command. An unknown one is a failure.
const (
	// ExitDone means that everything asked for holds.
	ExitDone = 0
	// ExitFailed means that the work failed on at least one host, that hosts
	// failed for different reasons, or that a local file could not be written.
	ExitFailed = 1
	// ExitUsage means that the command was called wrongly; nothing was done.
	ExitUsage = 2
	// ExitRefused means that the input was refused: an invalid document, an
	// unknown version, a digest that does not match, a secret that is not to be
	// had, a package name that is ambiguous or not found.
	ExitRefused = 3
	// ExitUnreachable means that a host could not be reached, or refused the
	// login.
	ExitUnreachable = 4
	// ExitStale means that a host no longer is what its plan was made from.
	ExitStale = 5
	// ExitBusy means that another apply holds the host.
	ExitBusy = 6
	// ExitChanges means that changes are pending; only with a flag that asks
	// for it, and a failure wins over it.
	ExitChanges = 10
	// ExitPipe means that the reader of a text for people had seen enough. It is
	// what a shell gives for a command that SIGPIPE ended.
	ExitPipe = 141
	// ExitInterrupted means that a signal ended the command.
	ExitInterrupted = 130
)

// exitMeanings is the table as -h shows it.
var exitMeanings = []ExitDescription{
	{ExitDone, "done"},
	{ExitFailed, "failed"},
	{ExitUsage, "usage"},
	{ExitRefused, "input refused"},
	{ExitUnreachable, "host unreachable"},
	{ExitStale, "plan is stale"},
	{ExitBusy, "host is busy"},
	{ExitChanges, "changes pending"},
	{ExitInterrupted, "interrupted"},
	{ExitPipe, "seen enough"},
}
