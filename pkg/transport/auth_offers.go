package transport

import (
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// maxOffers is how many keys a server is asked about. sshd counts each that it
// refuses as a failure, and hangs up at the sixth (MaxAuthTries of
// sshd_config(5)): this leaves one for the password.
const maxOffers = 5

// offers collects the keys for one login, in order, none twice.
type offers struct {
	target Target
	agent  *keyAgent
	keys   *KeyFiles
	ask    asker
	list   []offer
	// passed are the credentials that exist and can't be used, each with the
	// reason.
	passed []string
	// locked are the default files that a passphrase would open.
	locked []defaultFile
}

type defaultFile struct {
	id   Identity
	file *keyFile
}

// collect fills list. An error is a *CredentialError, or the cause of the end of
// ctx.
func (o *offers) collect(ctx context.Context) error {
	for _, id := range o.target.Identities {
		if !id.Default {
			if err := o.named(ctx, id); err != nil {
				return err
			}
		}
	}
	// As with ssh, the keys of default files that the agent holds come before its
	// other ones, and the files themselves after them.
	var files []defaultFile
	for _, id := range o.target.Identities {
		if !id.Default {
			continue
		}
		file, err := readKeyFile(id.File)
		switch {
		case err != nil:
			continue
		case o.agent.holds(file.public), o.agent.certificatesOf(file.public) != nil:
			if err := o.add(ctx, id, file, nil); err != nil {
				return err
			}
		default:
			files = append(files, defaultFile{id, file})
		}
	}
	if !o.target.IdentitiesOnly {
		o.addAgent()
	}
	for _, f := range files {
		if err := o.unnamed(ctx, f); err != nil {
			return err
		}
	}
	return o.lastResort(ctx)
}

// named adds what the user asked for; it has to be usable.
func (o *offers) named(ctx context.Context, id Identity) error {
	file, err := readKeyFile(id.File)
	if err != nil {
		return err
	}
	return o.add(ctx, id, file, o.ask)
}

// unnamed adds a default file if it can be used without asking anybody.
func (o *offers) unnamed(ctx context.Context, f defaultFile) error {
	err := o.add(ctx, f.id, f.file, nil)
	var refused *CredentialError
	switch {
	case !errors.As(err, &refused):
		return err
	case refused.Reason == "identity_file_encrypted":
		o.locked = append(o.locked, f)
	case refused.Reason == "identity_file_exposed":
		o.pass(f.file.path, "can be read by others")
	case refused.Reason == "passphrase_wrong":
		o.pass(f.file.path, "has another passphrase")
	case refused.Reason == "identity_file_security_key":
		o.pass(f.file.path, "needs an agent")
	}
	return nil
}

// lastResort asks for the passphrases of default files where there is nothing
// else: nobody is asked for the sake of a host that takes another key, or a
// password.
func (o *offers) lastResort(ctx context.Context) error {
	ask := o.ask
	if len(o.list) > 0 || !o.target.Password.IsZero() {
		ask = nil
	}
	var first error
	for _, f := range o.locked {
		err := o.add(ctx, f.id, f.file, ask)
		switch {
		case ctx.Err() != nil:
			return err
		case err != nil && first == nil:
			first = err
		}
		if err != nil {
			o.pass(f.file.path, "encrypted")
		}
	}
	if len(o.list) == 0 && ask != nil {
		return first
	}
	return nil
}

func (o *offers) pass(name, why string) {
	o.passed = append(o.passed, printable(name)+" ("+why+")")
}

// add adds the certificates of a key, then the key: signed for by the agent
// where it holds them.
func (o *offers) add(ctx context.Context, id Identity, file *keyFile, ask asker) error {
	plain := file.public
	if plain != nil {
		plain = plainKey(plain)
	}
	sign, suffix := o.agent.signWith(plain), ", by the agent"
	byAgent := o.agent.holds(plain)
	if !byAgent {
		signer, err := o.open(ctx, id, file, ask)
		switch {
		case err != nil && len(o.agent.certificatesOf(plain)) == 0:
			return err
		case err != nil:
			sign = nil
		default:
			plain, suffix = signer.PublicKey(), ""
			sign = func(_ context.Context, data []byte, algorithm string) (*ssh.Signature, error) {
				return signer.SignWithAlgorithm(nil, data, algorithm)
			}
		}
	}
	certificate, path, err := readCertificate(id, plain)
	if err != nil && id.Certificate != "" && !id.Default {
		return err
	}
	if err != nil {
		o.passed = append(o.passed, err.Error())
	}
	if own, ok := file.public.(*ssh.Certificate); ok {
		certificate, path = own, file.path
	}
	if certificate != nil && sign != nil {
		o.offer(offer{certificateName(path, certificate) + suffix, certificate, sign, byAgent})
	}
	for _, held := range o.agent.certificatesOf(plain) {
		o.offer(o.agentOffer(held))
	}
	if sign != nil {
		o.offer(offer{printable(file.path) + suffix, plain, sign, byAgent})
	}
	return nil
}

// open opens the private key of a file that the agent does not hold.
func (o *offers) open(ctx context.Context, id Identity, file *keyFile, ask asker) (ssh.AlgorithmSigner, error) {
	switch {
	case file.private == nil:
		return nil, keyFileError("identity_file_public", file.path, " has only the public half of a key, and "+o.agentText(),
			"load the private key into the agent (ssh-add), or name its file in ssh.identity_file", nil)
	case file.exposed:
		return nil, keyFileError("identity_file_exposed", file.path, " can be read by others, as ssh refuses it too", "chmod 600 FILE", nil)
	case file.onSecurityKey():
		return nil, keyFileError("identity_file_security_key", file.path, " belongs to a security key, which only an agent can use, and "+o.agentText(),
			"load it into an agent: ssh-add FILE", nil)
	case file.encrypted:
		return o.keys.open(ctx, file, id.Passphrase, ask)
	}
	return file.open(nil)
}

func (o *offers) agentText() string {
	switch {
	case o.target.Agent == "":
		return "there is no agent"
	case o.agent == nil:
		return "the agent does not answer: " + strings.Join(o.passed, ", ")
	}
	return "the agent does not hold the private one"
}

// addAgent adds every key of the agent, a certificate before its key.
func (o *offers) addAgent() {
	if o.agent == nil {
		return
	}
	for _, held := range o.agent.keys {
		for _, certificate := range o.agent.certificatesOf(held.public) {
			o.offer(o.agentOffer(certificate))
		}
		o.offer(o.agentOffer(held))
	}
}

func (o *offers) agentOffer(held agentKey) offer {
	name := "agent: " + held.comment
	if certificate, ok := held.public.(*ssh.Certificate); ok {
		name = certificateName(name, certificate)
	}
	return offer{name, held.public, o.agent.signWith(held.public), true}
}

// offer adds a key unless it is there already.
func (o *offers) offer(added offer) {
	for _, there := range o.list {
		if sameKey(there.public, added.public) {
			return
		}
	}
	o.list = append(o.list, added)
}

func certificateName(of string, c *ssh.Certificate) string {
	return "certificate " + printable(of) + " " + certificateText(c, time.Now())
}
