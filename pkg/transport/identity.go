package transport

import (
	"bytes"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"golang.org/x/crypto/ssh"
)

// maxKeyFile is far beyond every key: the largest RSA key that ssh takes is 13
// KB. The time that checking one takes grows with the square of its length.
const maxKeyFile = 64 << 10

// keyFile is what an identity file holds, as far as it is known without its
// passphrase.
type keyFile struct {
	path string
	// public is nil where only opening the file tells it. A file with a
	// certificate, which is a public key too, has it here.
	public ssh.PublicKey
	// private is the text of the file; nil where it holds a public key alone.
	private   []byte
	encrypted bool
	// cipher and rounds are how OpenSSH's own form is encrypted, and how often
	// its passphrase is hashed.
	cipher string
	rounds uint32
	// exposed says that others can read it.
	exposed bool
}

// readKeyFile reads a private or public key. As with ssh, a file that is not
// there may have its public half beside it. An error is a *CredentialError.
func readKeyFile(path string) (*keyFile, error) {
	text, info, err := readSmallFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if beside, _, err := readSmallFile(path + ".pub"); err == nil {
			if public := publicKey(beside); public != nil {
				return &keyFile{path: path, public: public}, nil
			}
		}
	}
	if err != nil {
		return nil, keyFileError("identity_file_unreadable", path, "", "name a private key that exists in ssh.identity_file, and that you can read", inner(err))
	}
	f, err := parseKeyFile(path, text)
	if err != nil {
		return nil, err
	}
	f.exposed = f.private != nil && exposed(info)
	if f.public == nil {
		// The older forms of a private key show nothing while they are encrypted.
		if beside, _, err := readSmallFile(path + ".pub"); err == nil {
			f.public = publicKey(beside)
		}
	}
	return f, nil
}

// readSmallFile reads a regular file that may be a key or a certificate.
func readSmallFile(path string) ([]byte, fs.FileInfo, error) {
	// A named pipe with no writer would hold the opening.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, nil, err
	case !info.Mode().IsRegular():
		return nil, nil, errors.New("not a regular file")
	}
	text, err := io.ReadAll(io.LimitReader(file, maxKeyFile+1))
	if err == nil && len(text) > maxKeyFile {
		err = errors.New("too large for a key")
	}
	return text, info, err
}

// parseKeyFile finds out what text is. Nothing of it gets into an error.
func parseKeyFile(path string, text []byte) (*keyFile, error) {
	block, _ := pem.Decode(text)
	switch {
	case block == nil:
		// A host's name stands where authorized_keys has options.
		if _, hosts, _, _, _, err := ssh.ParseKnownHosts(text); err == nil && len(hosts) > 0 {
			return nil, keyFileError("identity_file_unreadable", path, " holds the keys of hosts, as known_hosts does, and none to log in with",
				"name your private key in ssh.identity_file, and this file in ssh.known_hosts", nil)
		}
		if public := publicKey(text); public != nil {
			return &keyFile{path: path, public: public}, nil
		}
		advice := "name an OpenSSH or PEM private key in ssh.identity_file, or the public key of one that an agent holds"
		if bytes.HasPrefix(text, []byte("PuTTY-User-Key-File-")) {
			advice = "turn PuTTY's form into OpenSSH's: puttygen FILE -O private-openssh -o NEWFILE"
		}
		return nil, keyFileError("identity_file_unreadable", path, " is neither a private key nor a public one", advice, nil)
	case block.Type == "OPENSSH PRIVATE KEY":
		return parseOpenSSHKey(path, text, block.Bytes)
	case block.Type == "ENCRYPTED PRIVATE KEY":
		return nil, keyFileError("identity_file_unreadable", path, " is encrypted as PKCS #8, which can't be opened",
			"turn it into OpenSSH's form: ssh-keygen -p -f FILE", nil)
	case !strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, keyFileError("identity_file_unreadable", path, " is not a private key", "name the private key in ssh.identity_file", nil)
	}
	f := &keyFile{path: path, private: text}
	// RFC 1421, section 4.6.1.1: ssh-keygen -m PEM writes it.
	if f.encrypted = strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"); f.encrypted {
		return f, nil
	}
	signer, err := f.open(nil)
	if err != nil {
		return nil, err
	}
	f.public = signer.PublicKey()
	return f, nil
}

// parseOpenSSHKey reads the part of a key that is never encrypted: PROTOCOL.key
// of OpenSSH.
func parseOpenSSHKey(path string, text, content []byte) (*keyFile, error) {
	var outer struct {
		Cipher, KDF, KDFOptions string
		Keys                    uint32
		Public, Private         []byte
		Rest                    []byte `ssh:"rest"`
	}
	content, ok := bytes.CutPrefix(content, []byte("openssh-key-v1\x00"))
	if !ok || ssh.Unmarshal(content, &outer) != nil || outer.Keys != 1 {
		return nil, damaged(path)
	}
	public, err := ssh.ParsePublicKey(outer.Public)
	if err != nil {
		return nil, damaged(path)
	}
	f := &keyFile{path: path, private: text, public: public, encrypted: outer.Cipher != "none", cipher: outer.Cipher}
	if f.encrypted && outer.KDF == "bcrypt" {
		var options struct {
			Salt   string
			Rounds uint32
		}
		if ssh.Unmarshal([]byte(outer.KDFOptions), &options) != nil {
			return nil, damaged(path)
		}
		f.rounds = options.Rounds
	}
	return f, nil
}

// publicKey reads the first line of a .pub file; nil means that it is none.
func publicKey(text []byte) ssh.PublicKey {
	public, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil
	}
	return public
}

// onSecurityKey says that the file is only a handle: signatures are made by a
// FIDO device.
func (f *keyFile) onSecurityKey() bool {
	return f.public != nil && strings.HasPrefix(f.public.Type(), "sk-")
}

// exposed is ssh's own rule: a key of mine that others can read may be theirs.
func exposed(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid() && info.Mode().Perm()&0o077 != 0
}

func damaged(path string) *CredentialError {
	return keyFileError("identity_file_unreadable", path, " is damaged", "make a copy of it anew, or try `ssh-keygen -y -f FILE`", nil)
}

// keyFileError puts the file before why.
func keyFileError(reason, path, why, advice string, err error) *CredentialError {
	return &CredentialError{
		Reason: reason, Why: "identity file " + printable(path) + why,
		Advice: strings.ReplaceAll(advice, "FILE", printable(path)), Err: err,
	}
}
