package transport

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/doc"
)

// knownHosts is what known_hosts files said at one moment.
type knownHosts struct{ files []knownLines }

type knownLines struct {
	path      string
	lines     []knownLine
	malformed []malformedLine
}

// knownName is what a host is looked up by.
type knownName struct {
	// name is as known_hosts writes it, in lower case: "[db1.example]:2222".
	name string
	// portless is the name without its port, or empty: ssh takes a key that is known
	// there, but a different one means nothing.
	portless string
	// principal is what a certificate must be made for.
	principal string
}

// nameOf is what t is looked up by: its HostKeyAlias, or its address.
func nameOf(t Target) knownName {
	if t.HostKeyAlias != "" {
		alias := strings.ToLower(t.HostKeyAlias)
		return knownName{name: alias, principal: alias}
	}
	host := strings.ToLower(t.Hostname)
	if t.Port == defaultPort {
		return knownName{name: host, principal: host}
	}
	return knownName{name: fmt.Sprintf("[%s]:%d", host, t.Port), portless: host, principal: host}
}

const defaultPort = 22

// knownHost is what is known of one host.
type knownHost struct {
	knownName
	// keys and authorities are in the order of the files; loose are keys and
	// authorities under the portless name, where the full one has nothing.
	keys, authorities, loose, looseAuthorities []KnownKey
	// revoked are those of every host.
	revoked []knownKeyBytes
	// unreadable is why it can't be said that there is no entry: a malformed line may
	// be it; otherwise nil.
	unreadable error
}

type knownKeyBytes struct {
	at   KnownKey
	blob []byte
}

// of looks a host up.
func (k knownHosts) of(name knownName) *knownHost {
	h := &knownHost{knownName: name, unreadable: k.unreadable(name.name)}
	h.keys, h.authorities = k.find(name.name)
	if name.portless != "" && len(h.keys)+len(h.authorities) == 0 {
		h.loose, h.looseAuthorities = k.find(name.portless)
	}
	for _, file := range k.files {
		for _, line := range file.lines {
			if line.marker == markRevoked {
				h.revoked = append(h.revoked, knownKeyBytes{file.key(line), line.key.Marshal()})
			}
		}
	}
	return h
}

func (k knownHosts) find(name string) (keys, authorities []KnownKey) {
	for _, file := range k.files {
		for i := range file.lines {
			line := &file.lines[i]
			if line.marker == markRevoked || !line.matches(name) {
				continue
			}
			if line.marker == markAuthority {
				authorities = append(authorities, file.key(*line))
			} else {
				keys = append(keys, file.key(*line))
			}
		}
	}
	return keys, authorities
}

func (l knownLines) key(line knownLine) KnownKey {
	return KnownKey{File: l.path, Line: line.number, Key: identityOf(line.key)}
}

// has says whether key is one of known.
func has(known []KnownKey, key ssh.PublicKey) bool {
	identity := identityOf(key)
	return slices.ContainsFunc(known, func(k KnownKey) bool { return k.Key == identity })
}

// verdict is what known_hosts says of a key: nil, or one of *ChangedHostKeyError,
// *RevokedHostKeyError, *HostCertificateError and errUnknownHost. trusted says
// of an authority that something else vouches for it.
func (h *knownHost) verdict(key ssh.PublicKey, trusted bool) error {
	if at := h.isRevoked(key); at != nil {
		return &RevokedHostKeyError{Address: h.name, Key: identityOf(key), At: *at}
	}
	if cert, ok := key.(*ssh.Certificate); ok {
		return h.certificate(cert, trusted)
	}
	switch {
	case has(h.keys, key), has(h.loose, key):
		return nil
	case len(h.keys)+len(h.authorities) == 0:
		return errUnknownHost
	}
	presented := identityOf(key)
	return &ChangedHostKeyError{Address: h.name, Known: h.all(), Presented: &presented}
}

// all lists what the files have under the host's own name.
func (h *knownHost) all() []KnownKey { return slices.Concat(h.keys, h.authorities) }

func (h *knownHost) isRevoked(key ssh.PublicKey) *KnownKey {
	blobs := [][]byte{key.Marshal()}
	if cert, ok := key.(*ssh.Certificate); ok {
		blobs = [][]byte{cert.Key.Marshal(), cert.SignatureKey.Marshal()}
	}
	for _, revoked := range h.revoked {
		for _, blob := range blobs {
			if bytes.Equal(revoked.blob, blob) {
				return &revoked.at
			}
		}
	}
	return nil
}

// certificate checks a host certificate. Its names may be patterns, as ssh takes
// them.
func (h *knownHost) certificate(cert *ssh.Certificate, trusted bool) error {
	known := has(h.authorities, cert.SignatureKey) || has(h.looseAuthorities, cert.SignatureKey)
	if !known && !trusted && len(h.keys)+len(h.authorities) == 0 {
		return errUnknownHost
	}
	if !known && !trusted {
		err := errors.New("known_hosts names another authority than its " + ssh.FingerprintSHA256(cert.SignatureKey))
		return &HostCertificateError{Address: h.name, Key: identityOf(cert), Err: err}
	}
	principal := h.principal
	for _, pattern := range cert.ValidPrincipals {
		if matchPattern(strings.ToLower(pattern), principal) {
			principal = pattern
			break
		}
	}
	checker := ssh.CertChecker{IsHostAuthority: func(ssh.PublicKey, string) bool { return true }}
	err := checker.CheckHostKey(net.JoinHostPort(principal, "22"), nowhere{}, cert)
	if err != nil {
		return &HostCertificateError{Address: h.name, Key: identityOf(cert), Err: err}
	}
	return nil
}

var errUnknownHost = errors.New("no entry")

// identityOf is a host key as documents write it. With a certificate the
// identity is the authority that signed it: the key itself may be renewed
// every day.
func identityOf(key ssh.PublicKey) doc.HostKey {
	if cert, ok := key.(*ssh.Certificate); ok {
		return doc.HostKey{Type: cert.Type(), Fingerprint: ssh.FingerprintSHA256(cert.SignatureKey)}
	}
	return doc.HostKey{Type: key.Type(), Fingerprint: ssh.FingerprintSHA256(key)}
}
