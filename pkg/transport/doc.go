// Package transport connects to a host, by SSH or on this machine, and opens
// shells there that carry package shell's batches.
//
//	conn, err := transport.Connect(ctx, target, transport.Options{})
//	defer conn.Close()
//	stream, err := conn.Shell(ctx, transport.Privilege{Program: transport.Sudo})
//	session, err := shell.NewSession(ctx, stream)
//
// Nothing here waits for ever: each phase (resolve, connect, key exchange,
// login, shell) has a limit of its own and says in a *PhaseError which one ran
// out; while a connection is open, keepalives find a host that is gone and end
// blocked reads with a *LostError; the end of a context ends every call.
//
// A host's key must be in known_hosts. A key that is not there is refused with
// the command that would trust it (*UnknownHostKeyError), or recorded where the
// user asked for that (Target.AcceptNew); a key that differs is always refused
// (*ChangedHostKeyError).
//
// A login offers the named keys, a certificate before its key, then those of the
// agent, then ssh's default files: five at most and none twice, so that sshd with
// its MaxAuthTries of 6 still takes the password, which comes last and is sent
// once. The agent signs and is never forwarded. An encrypted key is opened before
// the connection is made, and only if the agent does not hold it.
//
// Every error that a host or a user causes has the methods of [Failure].
package transport

// Failure is what an error says to a document's `error` member: a stable word
// for programs, a hint for people ("" where there is none), and the exit status
// it asks for.
type Failure interface {
	error
	Code() string
	Hint() string
	Exit() int
}
