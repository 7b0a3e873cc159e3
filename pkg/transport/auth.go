package transport

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/ssh"
)

// login logs in once: with keys, at most maxOffers of them, then with the
// password, each once.
type login struct {
	target Target
	offers []offer
	// left are the names of the keys that are beyond maxOffers, and passed those
	// of what can't be used; mend says how the first of these could be.
	left, passed []string
	mend         string

	// current is the key that the server was asked about last.
	current *attempt
	// passwordUsed says that the password was sent. It is sent once in all,
	// whatever the number of methods that take one: a host that counts failures
	// locks the account.
	passwordUsed   bool
	tried, offered []string
	// steps is how many methods the server has accepted, and wants another one
	// beside (AuthenticationMethods of sshd_config(5)).
	steps int
	// exhausted says that nothing was left to try, and expired that the server
	// wants a new password.
	exhausted, expired bool
	why                string
	// banner is what the server has said last beside its answers: PAM's reason to
	// let nobody in comes so, and then the connection is closed.
	banner string
	// cut says that the connection gives nothing more.
	cut atomic.Bool

	// ctx ends a signature that is waited for. waiting is the key that was to sign
	// when it ended.
	ctx     context.Context
	waiting string
}

// newLogin gathers the credentials of t: it asks the agent what it holds, reads
// the identity files, and has a person asked for passphrases. An error is a
// *CredentialError, or a *PhaseError when ctx ended.
func newLogin(ctx context.Context, t Target, o Options) (*login, error) {
	found := offers{target: t, keys: o.Keys, ask: o.AskPassphrase}
	if found.keys == nil {
		found.keys = &KeyFiles{}
	}
	if t.Agent != "" {
		held, err := openAgent(ctx, t.Agent, o.Timeouts.Agent)
		switch {
		case err == nil:
			found.agent = held
		case errors.Is(err, ErrTimeout):
			found.agentFailed = "no answer within " + rounded(o.Timeouts.Agent).String()
		default:
			found.agentFailed = printable(err.Error())
		}
		if found.agentFailed != "" {
			found.pass("agent "+t.Agent, found.agentFailed)
			found.mend = "look after the agent (SSH_AUTH_SOCK names it)"
		}
	}
	err := found.collect(ctx)
	if cause := context.Cause(ctx); cause != nil {
		return nil, &PhaseError{Phase: PhaseConnect, Address: t.Address(), Err: cause}
	}
	var refused *CredentialError
	if errors.As(err, &refused) {
		// Other hosts may share the error.
		own := *refused
		own.Advice = t.worded(own.Advice)
		return nil, &own
	}
	if err != nil {
		return nil, err
	}
	if len(found.list) == 0 && t.Password.IsZero() {
		return nil, nothingToLogInWith(t, found)
	}
	l := &login{target: t, offers: found.list, passed: found.passed, mend: found.mend, ctx: ctx}
	if len(l.offers) > maxOffers {
		for _, beyond := range l.offers[maxOffers:] {
			l.left = append(l.left, beyond.name)
		}
		l.offers = l.offers[:maxOffers]
	}
	return l, nil
}

func nothingToLogInWith(t Target, found offers) *CredentialError {
	e := &CredentialError{
		Reason: "no_credentials",
		Why:    "there is no key and no password to log in to " + t.Name + " with",
		Advice: `set ssh.identity_file (or give --identity-file), or ssh.password to {"$secret": {"env": "HOSTKIT_SSH_PASSWORD"}}`,
	}
	if len(found.passed) > 0 {
		e.Why += "; passed over: " + strings.Join(found.passed, ", ")
		e.Advice = found.mend + ", or " + e.Advice
	} else if t.Agent != "" {
		e.Why += ", and the agent holds no key"
		e.Advice = "load a key into the agent (ssh-add), or " + e.Advice
	}
	e.Advice = t.Entry.before(e.Advice)
	return e
}

// next is the ssh.ClientAuthCallback. It returns no method and no error when
// nothing is left: the library then returns what the last method failed with.
func (l *login) next(c *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	l.offered = methodNames(c.AllowedMethods)
	if n := len(c.PartialSuccessMethods); n > l.steps {
		l.steps = n
		l.noteLast("accepted")
	}
	if l.cut.Load() {
		return nil, nil
	}
	takes := func(method string) bool { return slices.Contains(c.AllowedMethods, method) }
	havePassword := !l.target.Password.IsZero() && !l.passwordUsed
	if takes("publickey") {
		if key := l.nextKey(); key != nil {
			return ssh.PublicKeys(key), nil
		}
	}
	switch {
	case takes("password") && havePassword:
		l.passwordUsed = true
		l.note("password")
		return ssh.PasswordCallback(func() (string, error) { return l.target.Password.RevealString(), nil }), nil
	case takes("keyboard-interactive") && havePassword:
		l.passwordUsed = true
		l.note("keyboard-interactive")
		conversation := &conversation{login: l}
		return ssh.KeyboardInteractive(conversation.answer), nil
	}
	l.exhausted = true
	return nil, nil
}

// nextKey returns the next key to ask about; nil means that there is none.
func (l *login) nextKey() *attempt {
	if last := l.current; last != nil && !last.asked && !last.unannounced && plainKey(last.public).Type() == ssh.KeyAlgoRSA {
		last.unannounced = true
		return last
	}
	if l.current = nil; len(l.offers) > 0 {
		l.current = &attempt{offer: l.offers[0], login: l}
		l.offers = l.offers[1:]
	}
	return l.current
}

// hear is the ssh.BannerCallback.
func (l *login) hear(message string) error {
	l.banner = strings.Join(strings.Fields(message[:min(len(message), mostBanner)]), " ")
	return nil
}

// note adds to what was tried.
func (l *login) note(what string) { l.tried = append(l.tried, what) }

// noteLast says what became of what was tried last.
func (l *login) noteLast(what string) {
	n := len(l.tried)
	if n == 0 {
		return
	}
	last, inside := strings.CutSuffix(l.tried[n-1], ")")
	if inside {
		l.tried[n-1] = last + "; " + printable(what) + ")"
	} else {
		l.tried[n-1] += " (" + printable(what) + ")"
	}
}

// signing has a key sign. An agent may ask a person first, and take long.
func (l *login) signing(o offer, data []byte, algorithm string) (*ssh.Signature, error) {
	signature, err := o.sign(l.ctx, data, algorithm)
	if l.ctx.Err() != nil {
		l.waiting = o.name
	}
	return signature, err
}

// over bounds the login by ctx from here on, and returns conn as the library is
// to see it.
func (l *login) over(ctx context.Context, conn net.Conn) net.Conn {
	l.ctx = ctx
	l.cut.Store(false)
	return &noticedConn{conn, l}
}

// noticedConn tells its login when nothing more can be read.
type noticedConn struct {
	net.Conn
	login *login
}

func (c *noticedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil {
		c.login.cut.Store(true)
	}
	return n, err
}

// methodNames are the server's words, made harmless.
func methodNames(words []string) []string {
	const most = 10
	names := make([]string, 0, most)
	for _, word := range words[:min(len(words), most)] {
		names = append(names, brief(word))
	}
	if left := len(words) - len(names); left > 0 {
		names = append(names, strconv.Itoa(left)+" more")
	}
	return names
}
