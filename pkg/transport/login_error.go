package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"hostkit/pkg/secret"
)

// LoginError says that the server did not let us in.
type LoginError struct {
	User, Address string
	// Reason is the stable word for programs: "login_refused",
	// "password_expired", "login_attempts_exhausted" where the server hung up over
	// the number of attempts, "agent_timeout" where the agent did not sign.
	Reason string
	// Tried are the methods that were tried, in order, with the key where there is
	// one: "publickey (/home/me/.ssh/id_ed25519)", "publickey (agent: me@laptop)".
	Tried []string
	// NotTried are credentials that exist and were not used, each with the reason.
	NotTried []string
	// Offered are the methods that the server takes, in its own words.
	Offered []string
	// Why is what else is known: the server's last word, or a prompt that a
	// password can't answer. Quoted where the server wrote it.
	Why string
	// Advice is for people.
	Advice string
}

func (e *LoginError) Error() string {
	s := "login as " + strconv.Quote(e.User) + " on " + e.Address + " refused"
	if e.Why != "" {
		s += ": " + e.Why
	}
	tried := "nothing that it takes"
	if len(e.Tried) > 0 {
		tried = strings.Join(e.Tried, ", ")
	}
	s += ": tried " + tried
	if len(e.NotTried) > 0 {
		s += "; not tried: " + strings.Join(e.NotTried, ", ")
	}
	if len(e.Offered) > 0 {
		s += "; the server takes " + printable(strings.Join(e.Offered, ", "))
	}
	return s
}

// Code is Reason.
func (e *LoginError) Code() string { return e.Reason }

// Hint says what to set.
func (e *LoginError) Hint() string { return e.Advice }

// Exit is the exit status this failure asks for.
func (e *LoginError) Exit() int { return exitUnreachable }

// refused is the error for a login that the server has ended.
func (l *login) refused() *LoginError {
	e := &LoginError{
		User: l.target.User, Address: l.target.Address(), Reason: "login_refused",
		Tried: l.tried, NotTried: slices.Clone(l.passed), Offered: l.offered, Why: l.why,
	}
	if l.expired {
		e.Reason = "password_expired"
	}
	switch n := len(l.left); {
	case n == 1:
		e.NotTried = append(e.NotTried, "one more key ("+l.left[0]+")")
	case n > 1:
		e.NotTried = append(e.NotTried, strconv.Itoa(n)+" more keys (the first: "+l.left[0]+")")
	}
	e.Advice = l.target.worded(l.advice())
	return e
}

// advice fits what was tried to what the server takes.
func (l *login) advice() string {
	takes := func(method string) bool { return slices.Contains(l.offered, method) }
	takesPassword := takes("password") || takes("keyboard-interactive")
	switch {
	case l.expired:
		return "log in by hand with `ssh` and change the password, or log in with a key"
	case l.steps > 0 && takesPassword && l.target.Password.IsZero():
		return "the server wants a password beside what it has accepted: set ssh.password"
	case len(l.left) > 0:
		return "a server hangs up after a few keys, so no more are offered: name the right one, or its .pub file, in ssh.identity_file"
	case len(l.tried) == 0 && takesPassword && l.target.Password.IsZero():
		return `the server takes a password: set ssh.password to {"$secret": {"env": "HOSTKIT_SSH_PASSWORD"}}`
	case len(l.tried) == 0 && takes("publickey"):
		return "the server takes keys: set ssh.identity_file, or load a key into an agent"
	case len(l.tried) == 0:
		return "the server takes nothing that can be given here: allow publickey in its sshd_config"
	case l.passwordUsed:
		advice := "check " + l.userName() + " and " + l.passwordName() + ", which was sent once and no more, and what the host's sshd logs"
		if l.target.User == "root" {
			advice += "; many let root in by key alone (PermitRootLogin prohibit-password)"
		}
		return advice
	case len(l.passed) > 0:
		return "for what was not tried: " + l.mend + "; or name the right key in ssh.identity_file, and check that the user's authorized_keys has it"
	case takesPassword:
		return "check " + l.userName() + ", and that the user's authorized_keys has the key; or set ssh.password, which the server takes too"
	}
	return "check " + l.userName() + ", ssh.identity_file, that the user's authorized_keys has the key, and what the host's sshd logs"
}

// userName is the member, and where else its value was had from.
func (l *login) userName() string {
	if l.target.UserFrom != "" {
		return "user (" + l.target.UserFrom + ")"
	}
	return "user"
}

// passwordName says where the password came from, as it is to be mended there.
func (l *login) passwordName() string {
	return credentialName("password", l.target.Password)
}

// credentialName is a member of ssh or sudo, or what the secret in its place was
// had from.
func credentialName(what string, v secret.Value) string {
	if from := v.From(); from != "" {
		return "the " + what + " from " + printable(from)
	}
	return "the " + what
}

const (
	// The texts of errors of x/crypto/ssh that have no exported type: that nothing
	// is left to try, the server's last word, and an answer to the password that
	// is neither yes nor no, which RFC 4252 (section 8) has for one that has
	// expired.
	refusedText       = "ssh: unable to authenticate"
	disconnectText    = "ssh: disconnect, reason "
	changeRequestText = "unexpected message type 60 "

	// mostBanner is how many bytes of a banner are kept.
	mostBanner = 400
)

// explain returns the *LoginError, or *AccountError, for a login that failed; nil
// means that it was not the login but the connection that failed.
func (l *login) explain(failed *PhaseError) error {
	said := failed.Err.Error()
	var broken *net.OpError
	hungUp := failed.Phase == PhaseLogin && !l.exhausted && (errors.Is(failed, io.EOF) || errors.As(failed.Err, &broken))
	_, last, disconnected := strings.Cut(said, disconnectText)
	switch {
	case disconnected && failed.Phase == PhaseLogin:
		_, last, _ = strings.Cut(last, ": ")
		// The library has quoted it.
		l.why = "the server hung up: " + printable(last)
		e := l.refused()
		if strings.Contains(strings.ToLower(last), "too many auth") {
			e.Reason = "login_attempts_exhausted"
			e.Advice = "the server takes no more attempts than these: name the right key, or its .pub file, in ssh.identity_file"
			switch {
			case l.passwordUsed:
				e.Advice += ", and check " + l.passwordName()
			case !l.target.Password.IsZero():
				e.Advice += "; for the password alone set ssh.use_agent to false"
			}
		}
		return e
	case hungUp && l.banner != "":
		if r := find(accountReasons, []byte(l.banner)); r != nil {
			return &AccountError{Reason: r.code, Said: printable(l.banner), Err: failed, why: r.why, advice: r.advice}
		}
		failed.Said = printable(l.banner)
		return nil
	case errors.As(failed.Err, &broken):
		return nil
	case l.exhausted || strings.Contains(said, refusedText):
		if l.passwordUsed && strings.Contains(said, changeRequestText) {
			l.expired, l.why = true, "the server wants a new password"
		}
		return l.refused()
	}
	return nil
}

// late returns the *LoginError for a login whose time ran out while an agent was
// to sign; nil means that it was the server that was waited for.
func (l *login) late(failed *PhaseError) error {
	if l.waiting == "" || failed.Phase != PhaseLogin || !errors.Is(failed, ErrTimeout) && !errors.Is(failed, context.DeadlineExceeded) {
		return nil
	}
	return &LoginError{
		User: l.target.User, Address: l.target.Address(), Reason: "agent_timeout",
		Tried: []string{"publickey (" + l.waiting + ")"},
		Why:   "the agent gave no signature within " + rounded(max(failed.Waited, time.Millisecond)).String(),
		Advice: "does the agent ask for a confirmation, or a security key for a touch? " +
			"otherwise start the agent anew, or name a key file in ssh.identity_file",
	}
}
