package transport

import (
	"bytes"
	"context"
	"errors"
	"net"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"

	"hostkit/pkg/doc"
)

// verifier decides on one server's host key.
type verifier struct {
	ctx     context.Context
	target  Target
	options Options
	db      *knownhosts.HostKeyDB
	// key is what was accepted, and accepted its bytes.
	key      *doc.HostKey
	accepted []byte
	// err is why a key was refused.
	err error
}

func newVerifier(ctx context.Context, t Target, o Options) (*verifier, error) {
	db, err := readKnownHosts(ctx, t.KnownHosts)
	if err != nil {
		return nil, err
	}
	return &verifier{ctx: ctx, target: t, options: o, db: db}, nil
}

// algorithms are those asked of the server. Of a known host only the known types
// are asked: otherwise a server may well answer with a key that known_hosts does
// not have, and an honest one looks like an impostor.
func (v *verifier) algorithms() []string {
	if v.options.Pin != nil {
		return algorithmsOfType(v.options.Pin.RequireKey.Type)
	}
	if known := withoutInsecure(v.db.HostKeyAlgorithms(v.target.Address())); len(known) > 0 {
		return known
	}
	return freshAlgorithms
}

// check is the ssh.HostKeyCallback. It is called again when keys are exchanged
// anew in the middle of a connection: then only the same key will do.
func (v *verifier) check(_ string, remote net.Addr, key ssh.PublicKey) error {
	if v.accepted != nil {
		if !bytes.Equal(v.accepted, key.Marshal()) {
			return errors.New("the server has changed its host key in the middle of a connection")
		}
		return nil
	}
	v.err = v.decide(remote, key)
	if v.err == nil {
		identity := identityOf(key)
		v.key, v.accepted = &identity, key.Marshal()
	}
	return v.err
}

// decide applies the rules in the order of their gravity: a revoked key, a key
// that is not the plan's, one that differs from the known, one that is new.
func (v *verifier) decide(remote net.Addr, key ssh.PublicKey) error {
	said := verdict(v.db, v.target.Address(), remote, key)
	presented := identityOf(key)
	var revoked *RevokedHostKeyError
	if errors.As(said, &revoked) {
		return said
	}
	if pin := v.options.Pin; pin != nil && pin.RequireKey != presented {
		e := &PinnedHostKeyError{Address: v.name(), Want: pin.RequireKey, Presented: &presented}
		if said != nil && !errors.Is(said, errUnknownHost) {
			e.Known = said
		}
		return e
	}
	if !errors.Is(said, errUnknownHost) {
		return said
	}
	switch {
	case v.options.Pin != nil && v.options.Pin.TrustPlanKey:
		return nil
	case v.options.Pin == nil && v.target.AcceptNew && len(v.target.KnownHosts) > 0:
		return v.accept(key)
	}
	return v.unknown(key)
}

func (v *verifier) name() string { return knownhosts.Normalize(v.target.Address()) }

func (v *verifier) unknown(key ssh.PublicKey) error {
	e := &UnknownHostKeyError{
		Address: v.name(),
		Key:     identityOf(key),
		Line:    knownhosts.Line([]string{v.target.Address()}, key),
		File:    "known_hosts",
		Pinned:  v.options.Pin != nil,
	}
	if len(v.target.KnownHosts) > 0 {
		e.File = v.target.KnownHosts[0]
	}
	return e
}

func (v *verifier) accept(key ssh.PublicKey) error {
	file := v.target.KnownHosts[0]
	ctx, cancel := context.WithTimeoutCause(v.ctx, v.options.Timeouts.KeyExchange, errLocked)
	defer cancel()
	wrote, err := record(ctx, file, v.target.Address(), key)
	if err == nil && wrote && v.options.Accepted != nil {
		v.options.Accepted(Accepted{Address: v.name(), Key: identityOf(key), File: file})
	}
	return err
}

// noCommonKey is the error for a server that has no key of the types asked for.
func (v *verifier) noCommonKey(offered []string) error {
	if pin := v.options.Pin; pin != nil {
		return &PinnedHostKeyError{Address: v.name(), Want: pin.RequireKey}
	}
	// A key that no server has makes the library list what it knows.
	var changed *ChangedHostKeyError
	if errors.As(verdict(v.db, v.target.Address(), nowhere{}, noKey{}), &changed) {
		changed.Presented, changed.Offered = nil, offered
		return changed
	}
	return nil
}

// noKey is a public key that nobody has.
type noKey struct{}

func (noKey) Type() string                        { return "none" }
func (noKey) Marshal() []byte                     { return []byte("none") }
func (noKey) Verify([]byte, *ssh.Signature) error { return errors.New("not a key") }
