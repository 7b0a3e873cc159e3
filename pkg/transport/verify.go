package transport

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/doc"
)

// verifier decides on one server's host key.
type verifier struct {
	ctx     context.Context
	target  Target
	options Options
	files   *knownFiles
	host    *knownHost
	// key is what was accepted, and accepted its bytes.
	key      *doc.HostKey
	accepted []byte
	// err is why a key was refused.
	err error
}

func newVerifier(ctx context.Context, t Target, o Options, files *knownFiles) (*verifier, error) {
	known, err := files.read(ctx, t.KnownHosts, o.Warn)
	if err != nil {
		return nil, err
	}
	return &verifier{ctx: ctx, target: t, options: o, files: files, host: known.of(nameOf(t))}, nil
}

// algorithms are those asked of the server. Of a known host only the known types
// are asked: otherwise a server may well answer with a key that known_hosts does
// not have, and an honest one looks like an impostor.
func (v *verifier) algorithms() []string {
	if v.options.Pin != nil {
		return algorithmsOfType(v.options.Pin.RequireKey.Type)
	}
	known := v.host.algorithms()
	if v.target.HostKey != "" {
		keyType, sum := v.target.HostKey.Split()
		for _, k := range slices.Concat(v.host.keys, v.host.loose) {
			if keyType == "" && k.Key.Fingerprint == sum {
				keyType = k.Key.Type
			}
		}
		if keyType != "" {
			return algorithmsOfType(keyType)
		}
	}
	if len(known) > 0 {
		return known
	}
	return freshAlgorithms
}

// check is the ssh.HostKeyCallback. It is called again when keys are exchanged
// anew in the middle of a connection: then only the same key will do.
func (v *verifier) check(_ string, _ net.Addr, key ssh.PublicKey) error {
	if v.accepted != nil {
		if !bytes.Equal(v.accepted, key.Marshal()) {
			return errors.New("the server has changed its host key in the middle of a connection")
		}
		return nil
	}
	v.err = v.decide(key)
	proved := key
	var certificate *HostCertificateError
	if plain := plainKey(key); errors.As(v.err, &certificate) && has(v.host.keys, plain) && v.decide(plain) == nil {
		// As ssh does: a certificate that is not good takes nothing from the key that it
		// is of, which the server has proved to own.
		v.err, proved = nil, plain
	}
	if v.err == nil {
		identity := identityOf(proved)
		v.key, v.accepted = &identity, key.Marshal()
	}
	return v.err
}

// decide applies the rules in the order of their gravity: a revoked key, a key
// that is not the plan's, one that is not the config's, one that differs from the
// known, one that is new.
func (v *verifier) decide(key ssh.PublicKey) error {
	presented := identityOf(key)
	pin, configured := v.options.Pin, v.target.HostKey != ""
	vouched := configured && v.isConfigured(presented) || pin != nil && pin.TrustPlanKey && pin.RequireKey == presented
	said := v.host.verdict(key, vouched)
	var revoked *RevokedHostKeyError
	var certificate *HostCertificateError
	switch {
	case errors.As(said, &revoked):
		return said
	case pin != nil && pin.RequireKey != presented:
		e := &PinnedHostKeyError{Address: v.host.name, Want: pin.RequireKey, Presented: &presented}
		if said != nil && !errors.Is(said, errUnknownHost) {
			e.Known = said
		}
		return e
	case configured && !v.isConfigured(presented):
		return &ConfiguredHostKeyError{Address: v.host.name, Want: v.target.HostKey, Presented: &presented}
	case configured && !errors.As(said, &certificate):
		return nil
	case !errors.Is(said, errUnknownHost):
		return said
	case pin != nil && pin.TrustPlanKey:
		return v.host.unreadable
	case pin == nil && v.target.AcceptNew && len(v.target.KnownHosts) > 0:
		return v.accept(key)
	}
	return v.unknown(key)
}

// isConfigured says whether a key is the one of Target.HostKey.
func (v *verifier) isConfigured(key doc.HostKey) bool {
	keyType, sum := v.target.HostKey.Split()
	return sum == key.Fingerprint && (keyType == "" || keyType == key.Type)
}

func (v *verifier) unknown(key ssh.PublicKey) error {
	e := &UnknownHostKeyError{
		Address: v.host.name,
		Key:     identityOf(key),
		Line:    lineOf(v.host.knownName, key),
		File:    "known_hosts",
		Pinned:  v.options.Pin != nil,
	}
	if len(v.target.KnownHosts) > 0 {
		e.File = v.target.KnownHosts[0]
	}
	e.Unended = endsWithinLine(e.File)
	if _, err := os.Stat(filepath.Dir(e.File)); errors.Is(err, fs.ErrNotExist) {
		e.NoFolder = filepath.Dir(e.File)
	}
	return e
}

func (v *verifier) accept(key ssh.PublicKey) error {
	if v.host.unreadable != nil {
		return v.host.unreadable
	}
	file := v.target.KnownHosts[0]
	ctx, cancel := context.WithTimeoutCause(v.ctx, v.options.Timeouts.KeyExchange, errLocked)
	defer cancel()
	wrote, err := v.files.record(ctx, file, v.host.knownName, key)
	if err == nil && wrote && v.options.Accepted != nil {
		v.options.Accepted(Accepted{Address: v.host.name, Key: identityOf(key), File: file})
	}
	return err
}

// noCommonKey is the error for a server that has no key of the types asked for.
func (v *verifier) noCommonKey(offered []string) error {
	known := v.host.all()
	switch pin := v.options.Pin; {
	case pin != nil:
		return &PinnedHostKeyError{Address: v.host.name, Want: pin.RequireKey}
	case v.target.HostKey != "":
		return &ConfiguredHostKeyError{Address: v.host.name, Want: v.target.HostKey, Offered: offered}
	case len(known) > 0:
		return &ChangedHostKeyError{Address: v.host.name, Known: known, Offered: offered}
	}
	return nil
}
