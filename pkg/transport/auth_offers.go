package transport

import (
	"context"
	"crypto/rand"
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
	// agentFailed is why there is no agent though the target names one.
	agentFailed string
	keys        *KeyFiles
	ask         asker
	list        []offer
	// passed are the credentials that exist and can't be used, each with the
	// reason.
	passed []string
	// mend says how the first of them could be used.
	mend string
	// locked are the files that a passphrase would open, and that the login can do
	// without.
	locked []identified
}

// identified is an identity with what its file holds.
type identified struct {
	Identity
	file *keyFile
}

// collect fills list. An error is a *CredentialError, or the cause of the end of
// ctx.
func (o *offers) collect(ctx context.Context) error {
	// As with ssh, the keys of default files that the agent holds come before its
	// other ones, and the files themselves after them.
	var held, others []identified
	for _, id := range o.target.Identities {
		file, err := readKeyFile(id.File)
		switch {
		case err == nil && id.Optional && !id.Default:
			err = o.add(ctx, identified{id, file}, nil)
		case err == nil && !id.Default:
			err = o.add(ctx, identified{id, file}, o.ask)
		case err == nil && o.agent.knows(file.public):
			held = append(held, identified{id, file})
		case err == nil:
			others = append(others, identified{id, file})
		case id.Default:
			continue
		}
		if err := o.tolerate(identified{id, file}, err); err != nil {
			return err
		}
	}
	if err := o.unlock(ctx); err != nil {
		return err
	}
	if err := o.addQuietly(ctx, held); err != nil {
		return err
	}
	if !o.target.IdentitiesOnly {
		o.addAgent()
	}
	if err := o.addQuietly(ctx, others); err != nil {
		return err
	}
	return o.unlock(ctx)
}

// addQuietly adds what can be used without asking anybody.
func (o *offers) addQuietly(ctx context.Context, ids []identified) error {
	for _, id := range ids {
		if err := o.tolerate(id, o.add(ctx, id, nil)); err != nil {
			return err
		}
	}
	return nil
}

// tolerate returns err where the login can't go on without id.
func (o *offers) tolerate(id identified, err error) error {
	var refused *CredentialError
	switch {
	case !errors.As(err, &refused) || !id.Optional && !id.Default:
		return err
	case refused.Reason == "identity_file_encrypted":
		o.locked = append(o.locked, id)
	case refused.Reason == "identity_file_public" && id.Default:
		// The private half of what is left of an old key.
	default:
		o.passFile(id.File, refused)
	}
	return nil
}

// unlock asks for the passphrases of locked files where there is nothing else:
// nobody is asked for the sake of a host that takes another key, or a password.
func (o *offers) unlock(ctx context.Context) error {
	ask := o.ask
	if len(o.list) > 0 || !o.target.Password.IsZero() {
		ask = nil
	}
	for _, id := range o.locked {
		err := o.add(ctx, id, ask)
		switch {
		case ctx.Err() != nil:
			return err
		case err != nil && ask != nil:
			o.passFile(id.File, err)
		case err != nil:
			o.pass(id.File, "encrypted")
			o.mendBy(err)
		}
	}
	o.locked = nil
	return nil
}

func (o *offers) pass(name, why string) {
	o.passed = append(o.passed, printable(name)+" ("+why+")")
}

// passFile says of a file what err says.
func (o *offers) passFile(name string, err error) {
	o.pass(name, strings.TrimLeft(strings.TrimPrefix(err.Error(), "identity file "+printable(name)), ": "))
	o.mendBy(err)
}

// mendBy keeps what err advises, if it is the first of what was passed over.
func (o *offers) mendBy(err error) {
	if o.mend != "" {
		return
	}
	o.mend = "mend that"
	var refused *CredentialError
	if errors.As(err, &refused) && refused.Advice != "" {
		o.mend = refused.Advice
	}
}

// add adds the certificates of a key, then the key. With none at all it returns
// why the file can't be used.
func (o *offers) add(ctx context.Context, id identified, ask asker) error {
	plain, sign, suffix, err := o.signer(ctx, id, ask)
	held := o.agent.certificatesOf(plain)
	if err != nil && len(held) == 0 {
		return err
	}
	if sign != nil {
		if err := o.addCertificate(id, plain, sign, suffix); err != nil {
			return err
		}
	}
	for _, certificate := range held {
		o.offer(o.agentOffer(certificate))
	}
	if sign != nil {
		o.offer(offer{printable(id.File) + suffix, plain, sign})
	}
	return nil
}

// signer finds the way to sign with a file's key: by the agent where it holds the
// key. The key is given where it is known, also beside an error.
func (o *offers) signer(ctx context.Context, id identified, ask asker) (ssh.PublicKey, signFunc, string, error) {
	var plain ssh.PublicKey
	if id.file.public != nil {
		plain = plainKey(id.file.public)
	}
	if o.agent.holds(plain) {
		return plain, o.agent.signWith(plain), ", by the agent", nil
	}
	if o.agent.knows(plain) {
		// The agent's certificate will do without asking anybody.
		ask = nil
	}
	signer, err := o.open(ctx, id, ask)
	if err != nil {
		return plain, nil, "", err
	}
	sign := func(_ context.Context, data []byte, algorithm string) (*ssh.Signature, error) {
		return signer.SignWithAlgorithm(rand.Reader, data, algorithm)
	}
	return signer.PublicKey(), sign, "", nil
}

// addCertificate adds the certificate that belongs to a file, if there is one.
func (o *offers) addCertificate(id identified, plain ssh.PublicKey, sign signFunc, suffix string) error {
	certificate, path, err := readCertificate(id.Identity, plain)
	switch {
	case err != nil && id.Certificate != "" && !id.Optional && !id.Default:
		return err
	case err != nil:
		o.passed = append(o.passed, err.Error())
	}
	if own, ok := id.file.public.(*ssh.Certificate); ok {
		certificate, path = own, id.File
	}
	if certificate != nil {
		o.offer(offer{certificateName(path, certificate) + suffix, certificate, sign})
	}
	return nil
}

// open opens the private key of a file that the agent does not hold.
func (o *offers) open(ctx context.Context, id identified, ask asker) (ssh.AlgorithmSigner, error) {
	file := id.file
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
		return "the agent can't be asked: " + o.agentFailed
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
	return offer{name, held.public, o.agent.signWith(held.public)}
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
