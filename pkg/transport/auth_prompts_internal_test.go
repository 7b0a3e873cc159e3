package transport

import (
	"errors"
	"testing"
)

// No server at hand answers a password with SSH_MSG_USERAUTH_PASSWD_CHANGEREQ
// (RFC 4252, section 8); these are the library's words for it.
func TestAnAnswerThatAsksForANewPassword(t *testing.T) {
	t.Parallel()
	l := &login{target: Target{Hostname: "h", Port: 22}, exhausted: true, passwordUsed: true}
	err := l.explain(&PhaseError{Phase: PhaseLogin, Err: errors.New("ssh: handshake failed: ssh: unexpected message type 60 (expected 52)")})
	var refused *LoginError
	if !errors.As(err, &refused) || refused.Code() != "password_expired" {
		t.Errorf("%v", err)
	}
}
