package transport

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"

	"hostkit/pkg/doc"
)

// readKnownHosts reads the files that exist. It waits for one who is writing.
func readKnownHosts(ctx context.Context, files []string) (*knownhosts.HostKeyDB, error) {
	var present []string
	for _, path := range files {
		f, err := openShared(ctx, path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, &KnownHostsError{File: path, Err: inner(err)}
		}
		defer f.Close()
		present = append(present, path)
	}
	return parseKnownHosts(present)
}

func parseKnownHosts(files []string) (*knownhosts.HostKeyDB, error) {
	db, err := knownhosts.NewDB(files...)
	if err == nil {
		return db, nil
	}
	// The library names file and line in its text only.
	text := strings.TrimPrefix(err.Error(), "knownhosts: ")
	for _, path := range files {
		if rest, ok := strings.CutPrefix(text, path+":"); ok {
			return nil, &KnownHostsError{File: path, Err: errors.New("line " + rest)}
		}
	}
	return nil, &KnownHostsError{File: strings.Join(files, ", "), Err: inner(err)}
}

// inner is what a path error says beside the path.
func inner(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// openShared opens a known_hosts file and waits until nobody writes to it.
// Closing it lets writers go on.
func openShared(ctx context.Context, path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	// Opening a FIFO would wait for ever; /dev/null is a usual name for "none".
	if !info.Mode().IsRegular() && info.Mode()&fs.ModeCharDevice == 0 {
		return nil, errors.New("not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := lock(ctx, f, shared); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// verdict is what known_hosts says of a key: nil, or one of *ChangedHostKeyError,
// *RevokedHostKeyError, *HostCertificateError and errUnknownHost.
func verdict(db *knownhosts.HostKeyDB, address string, remote net.Addr, key ssh.PublicKey) error {
	err := db.HostKeyCallback()(address, remote, key)
	presented := identityOf(key)
	var mismatch *xknownhosts.KeyError
	var revoked *xknownhosts.RevokedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &revoked):
		return &RevokedHostKeyError{Address: knownhosts.Normalize(address), Key: presented, At: knownKey(revoked.Revoked)}
	case errors.As(err, &mismatch) && len(mismatch.Want) == 0:
		return errUnknownHost
	case errors.As(err, &mismatch):
		changed := &ChangedHostKeyError{Address: knownhosts.Normalize(address), Presented: &presented}
		for _, want := range mismatch.Want {
			changed.Known = append(changed.Known, knownKey(want))
		}
		return changed
	}
	return &HostCertificateError{Address: knownhosts.Normalize(address), Key: presented, Err: err}
}

var errUnknownHost = errors.New("no entry")

func knownKey(k xknownhosts.KnownKey) KnownKey {
	return KnownKey{File: k.Filename, Line: k.Line, Key: identityOf(k.Key)}
}

// identityOf is a host key as documents write it. With a certificate the
// identity is the authority that signed it: the key itself may be renewed
// every day.
func identityOf(key ssh.PublicKey) doc.HostKey {
	if cert, ok := key.(*ssh.Certificate); ok {
		return doc.HostKey{Type: cert.Type(), Fingerprint: ssh.FingerprintSHA256(cert.SignatureKey)}
	}
	return doc.HostKey{Type: key.Type(), Fingerprint: ssh.FingerprintSHA256(key)}
}

// freshAlgorithms are asked of a host that known_hosts does not have, in the
// order in which ssh prefers them. Certificates are not among them: without a
// known authority a server that has one would be refused.
var freshAlgorithms = []string{
	ssh.KeyAlgoED25519,
	ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
	ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
}

// withoutInsecure drops the signatures with SHA-1 and DSA, as OpenSSH 8.8 did.
func withoutInsecure(algorithms []string) []string {
	insecure := ssh.InsecureAlgorithms().HostKeys
	return slices.DeleteFunc(slices.Clone(algorithms), func(algorithm string) bool {
		return slices.Contains(insecure, algorithm)
	})
}

// algorithmsOfType are the algorithms by which a server proves a key of a type.
func algorithmsOfType(keyType string) []string {
	switch keyType {
	case ssh.KeyAlgoRSA:
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	case ssh.CertAlgoRSAv01:
		return []string{ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01}
	}
	return []string{keyType}
}
