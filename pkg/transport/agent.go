package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// keyAgent is an ssh-agent and the keys that it held when it was asked. A nil
// one holds none. Each question has a connection of its own: between them
// nothing is open.
type keyAgent struct {
	socket string
	keys   []agentKey
}

// agentKey is a key in an agent; its public half may be an *ssh.Certificate.
type agentKey struct {
	public  ssh.PublicKey
	comment string
}

// openAgent asks the agent for its keys. An error is for people.
func openAgent(ctx context.Context, socket string, limit time.Duration) (*keyAgent, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, ErrTimeout)
	defer cancel()
	a := &keyAgent{socket: socket}
	return a, a.ask(ctx, func(client agent.Agent) error {
		held, err := client.List()
		if err != nil {
			return errors.New("it gave no list of keys")
		}
		for _, key := range held {
			// Keys of types that are not known can't be offered.
			public, err := ssh.ParsePublicKey(key.Blob)
			if err == nil && signatureAlgorithms(public) != nil {
				a.keys = append(a.keys, agentKey{public, brief(key.Comment)})
			}
		}
		return nil
	})
}

// ask connects to the agent for one question.
func (a *keyAgent) ask(ctx context.Context, question func(agent.Agent) error) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", a.socket)
	if err == nil {
		defer conn.Close()
		defer context.AfterFunc(ctx, func() { conn.Close() })()
		// Without a Close to call, the library reads in no goroutine of its own.
		err = question(agent.NewClient(struct{ io.ReadWriter }{conn}))
	}
	var op *net.OpError
	switch {
	case err == nil:
		return nil
	case context.Cause(ctx) != nil:
		return context.Cause(ctx)
	case errors.As(err, &op):
		return errors.New(plainSyscall(op.Err))
	}
	return err
}

// holds says whether the agent can sign with key itself.
func (a *keyAgent) holds(key ssh.PublicKey) bool {
	if a == nil || key == nil {
		return false
	}
	for _, held := range a.keys {
		if sameKey(held.public, key) {
			return true
		}
	}
	return false
}

// knows says whether the agent can sign with key or a certificate of it.
func (a *keyAgent) knows(key ssh.PublicKey) bool {
	return a.holds(key) || len(a.certificatesOf(key)) > 0
}

// certificatesOf returns what certificates of key the agent holds.
func (a *keyAgent) certificatesOf(key ssh.PublicKey) []agentKey {
	var found []agentKey
	if a == nil || key == nil {
		return nil
	}
	for _, held := range a.keys {
		if certificate, ok := held.public.(*ssh.Certificate); ok && sameKey(certificate.Key, key) {
			found = append(found, held)
		}
	}
	return found
}

// signWith returns a way to sign with a key that the agent holds.
func (a *keyAgent) signWith(key ssh.PublicKey) signFunc {
	return func(ctx context.Context, data []byte, algorithm string) (signature *ssh.Signature, err error) {
		var flags agent.SignatureFlags
		switch algorithm {
		case ssh.KeyAlgoRSASHA256:
			flags = agent.SignatureFlagRsaSha256
		case ssh.KeyAlgoRSASHA512:
			flags = agent.SignatureFlagRsaSha512
		}
		err = a.ask(ctx, func(client agent.Agent) error {
			signature, err = client.(agent.ExtendedAgent).SignWithFlags(key, data, flags)
			switch {
			case err != nil:
				return errors.New("it refused to sign")
			case signature.Format != algorithm:
				// Agents of before 2018 ignore the flags and sign with SHA-1.
				return errors.New("it can't sign with " + algorithm)
			}
			return nil
		})
		return signature, err
	}
}

func sameKey(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }

// brief is a comment that fits into a list.
func brief(comment string) string {
	const limit = 60
	if comment == "" {
		return "a key without a comment"
	}
	if len(comment) > limit {
		comment = comment[:limit] + "…"
	}
	return printable(comment)
}
