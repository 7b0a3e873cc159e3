package transport

import (
	"errors"
	"strconv"

	"golang.org/x/crypto/ssh"
)

// JumpError says that the way to a host failed at a jump host. Code and Exit are
// those of what happened there.
type JumpError struct {
	// Address is the jump host's host and port.
	Address string
	Failure
}

func (e *JumpError) Error() string { return "jump host " + e.Address + ": " + e.Failure.Error() }

func (e *JumpError) Unwrap() error { return e.Failure }

// Hint is that of what happened there. Where it names members of a config, those
// of the host may well be set: it is the jump host that lacks them.
func (e *JumpError) Hint() string {
	hint := e.Failure.Hint()
	switch e.Failure.(type) {
	case *CredentialError, *LoginError, *ConfiguredHostKeyError:
		return "for the jump host: " + hint
	}
	return hint
}

// atHop says that err happened at a jump host, unless it says so already: then it
// was one before that.
func atHop(address string, err error) error {
	var jump *JumpError
	var failure Failure
	if errors.As(err, &jump) || !errors.As(err, &failure) {
		return err
	}
	return &JumpError{Address: address, Failure: failure}
}

// ForwardError says that a jump host does not lead to the next host: it forwards
// no connections, or it could not make this one.
type ForwardError struct {
	// Address is the host and port that was asked for, Through those of the jump
	// host.
	Address, Through string
	// Err is an *ssh.OpenChannelError, whose message is the jump host's.
	Err error

	// origin is for the hint.
	origin origin
}

func (e *ForwardError) Error() string {
	said := plain(e.Err)
	var refused *ssh.OpenChannelError
	if errors.As(e.Err, &refused) {
		said = strconv.Quote(printable(refused.Message))
	}
	if e.forbidden() {
		return "jump host " + e.Through + " does not forward to " + e.Address + ": it said " + said
	}
	return "jump host " + e.Through + " could not connect to " + e.Address + ": it said " + said
}

func (e *ForwardError) Unwrap() error { return e.Err }

func (e *ForwardError) forbidden() bool {
	var refused *ssh.OpenChannelError
	return errors.As(e.Err, &refused) && refused.Reason != ssh.ConnectionFailed && refused.Reason != ssh.ResourceShortage
}

// Code is "forwarding_refused", or "unreachable" where the jump host tried.
func (e *ForwardError) Code() string {
	if e.forbidden() {
		return "forwarding_refused"
	}
	return "unreachable"
}

// Hint says what to look at.
func (e *ForwardError) Hint() string {
	if e.forbidden() {
		return "allow it in the jump host's sshd_config (AllowTcpForwarding, PermitOpen, DisableForwarding) " +
			"and in its authorized_keys (no-port-forwarding, restrict)"
	}
	return e.origin.entry.before("check hostname and " + e.origin.port() + " as the jump host sees them: it looks the name up, and its firewall counts")
}

// Exit is the exit status this failure asks for.
func (e *ForwardError) Exit() int { return exitUnreachable }
