package main

import (
	"cmp"
	"errors"
	"flag"
	"hash"
	"io"
	"io/fs"
	"slices"
	"time"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/plan"
	"hostkit/pkg/sshsig"
	"hostkit/pkg/sshsig/allowed"
)

// approval is the flags that ask for signatures of the plans.
type approval struct {
	// list names who may sign; empty asks for no signature.
	list string
	// signatures are files, and signers those who must all have signed.
	signatures, signers cli.List
}

func (a *approval) flags(fs *flag.FlagSet) {
	fs.StringVar(&a.list, "allowed-signers", "", "apply only what one of `FILE` has signed (ssh-keygen(1))")
	fs.Var(&a.signatures, "signature", "the signature of the plans is `FILE`, by default the plan's with .sig")
	fs.Var(&a.signers, "signer", "`PRINCIPAL` of the allowed signers must have signed")
}

func (a *approval) check(planFile string) error {
	switch {
	case a.list == "" && len(a.signatures)+len(a.signers) > 0:
		return cli.Usagef("--signature and --signer are nothing without --allowed-signers").
			WithHint("name the file of those who may sign: --allowed-signers FILE")
	case a.list != "" && planFile == "" && len(a.signatures) == 0:
		return cli.Usagef("--allowed-signers is given, and no signature of the plans on stdin").
			WithHint("give --signature FILE, or --plan FILE with its signature in FILE.sig")
	}
	if a.list != "" && len(a.signatures) == 0 {
		a.signatures = cli.List{planFile + ".sig"}
	}
	return nil
}

const (
	// maxSignature is far more than a signature of the largest RSA key with a
	// certificate has, and maxSigners than a list of all the people there are.
	maxSignature = 64 << 10
	maxSigners   = 16 << 20
)

// read copies all of in, whose name is given, to a spool and tells who has signed
// it. What nobody has signed is not even parsed.
func (a *approval) read(name string, in io.Reader, to *spool) ([]doc.Signer, error) {
	raw, _, err := cli.ReadBounded(a.list, maxSigners)
	if err != nil {
		return nil, refused("no_signers", "allowed signers: ", err)
	}
	signers, err := allowed.Parse(a.list, raw, time.Local)
	if err != nil {
		return nil, refused("no_signers", "allowed signers: ", err).
			WithHint("a line is: anna@example.org namespaces=%q KEYTYPE KEY; KEYTYPE and KEY stand in a .pub file", plan.Namespace)
	}
	signatures := make([]sshsig.Signature, len(a.signatures))
	for i, file := range a.signatures {
		if signatures[i], err = a.load(name, file); err != nil {
			return nil, err
		}
	}
	digests, err := digest(in, to, signatures)
	if err != nil {
		return nil, err
	}
	return a.verify(name, signers, signatures, digests)
}

// refused makes an error of the input of any other.
func refused(code, before string, err error) *cli.Error {
	r := cli.Refusef(code, "%s%s", before, cli.FileFault(err))
	r.Cause = err
	return r
}

// load reads a signature made for plans.
func (a *approval) load(name, file string) (sshsig.Signature, error) {
	raw, _, err := cli.ReadBounded(file, maxSignature)
	if errors.Is(err, fs.ErrNotExist) {
		return sshsig.Signature{}, cli.Refusef("unsigned", "%s is not signed: there is no %s", name, file).
			WithHint("who approves it signs it: %s", signLine(name))
	}
	if err != nil {
		return sshsig.Signature{}, refused("bad_signature", "signature: ", err)
	}
	s, err := sshsig.Parse(raw)
	if err != nil {
		return s, cli.Refusef("bad_signature", "%s is no signature that can be read: %s", file, err).
			WithHint("have it made again: %s", signLine(name))
	}
	if s.Namespace != plan.Namespace {
		return s, cli.Refusef("bad_signature", "%s was made for %q, and not to approve a plan", file, s.Namespace).
			WithHint("a signature for plans has the namespace %s: %s", plan.Namespace, signLine(name))
	}
	return s, nil
}

// signLine is what to type to sign the plans called name.
func signLine(name string) string {
	if name == "stdin" {
		name = "FILE"
	}
	return plan.SignWith("KEY", name)
}

// digest copies in and gives its digest for each signature; io.EOF of nothing at all.
func digest(in io.Reader, to io.Writer, signatures []sshsig.Signature) ([][]byte, error) {
	hashes := make(map[string]hash.Hash)
	writers := []io.Writer{to}
	for _, s := range signatures {
		if hashes[s.Hash] == nil {
			hashes[s.Hash] = sshsig.NewHash(s.Hash)
			writers = append(writers, hashes[s.Hash])
		}
	}
	n, err := io.Copy(io.MultiWriter(writers...), in)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, io.EOF
	}
	digests := make([][]byte, len(signatures))
	for i, s := range signatures {
		digests[i] = hashes[s.Hash].Sum(nil)
	}
	return digests, nil
}

// verify checks every signature that is given, each of which must be good, and
// that all who must have signed have.
func (a *approval) verify(name string, signers *allowed.Signers, signatures []sshsig.Signature, digests [][]byte) ([]doc.Signer, error) {
	now := time.Now()
	made := make([]allowed.Signed, len(signatures))
	found := make([]doc.Signer, len(signatures))
	for i, s := range signatures {
		var err error
		if made[i], err = allowed.Check(s, digests[i]); err != nil {
			return nil, a.unfit(name, a.signatures[i], err)
		}
		who, err := signers.Who(made[i], "", now)
		if err != nil {
			return nil, a.stranger(name, err)
		}
		found[i] = signer(who)
	}
	// Two people have two keys, though a line may be about both.
	used := make(map[string]bool)
	for _, principal := range a.signers {
		var why error
		signed := slices.ContainsFunc(made, func(m allowed.Signed) bool {
			who, err := signers.Who(m, principal, now)
			if err != nil || used[who.Fingerprint] {
				why = cmp.Or(err, why)
				return false
			}
			used[who.Fingerprint] = true
			for i := range found {
				if found[i].Key.Fingerprint == who.Fingerprint {
					found[i].Principal = principal
				}
			}
			return true
		})
		if !signed {
			return nil, a.unsigned(name, principal, why)
		}
	}
	return slices.Compact(found), nil
}

// unsigned words that somebody has not signed who must.
func (a *approval) unsigned(name, principal string, why error) error {
	if why == nil {
		why = errors.New("the key counts for somebody else already")
	}
	return cli.Refusef("unsigned", "%s is not signed by %s: %s", name, principal, why).
		WithHint("have %s sign it too; each signature is a --signature: %s", principal, signLine(name))
}

func signer(s allowed.Signer) doc.Signer {
	return doc.Signer{Principal: s.Principal, Key: doc.HostKey{Type: s.KeyType, Fingerprint: s.Fingerprint}}
}

// unfit words why a signature is none of the plans.
func (a *approval) unfit(name, file string, err error) error {
	if errors.Is(err, allowed.ErrAltered) {
		return cli.Refusef("altered", "%s does not fit %s: one of them was changed after it was signed, or is another one", file, name).
			WithHint("see what was changed, and have the plan approved again: %s", signLine(name))
	}
	return cli.Refusef("bad_signature", "%s: %s", file, err).WithHint("have it made again: %s", signLine(name))
}

// stranger words why a signature is by nobody who may.
func (a *approval) stranger(name string, err error) error {
	refused := cli.Refusef("not_allowed", "%s is signed by nobody who may: %s", name, err)
	if unknown := (*allowed.UnknownError)(nil); errors.As(err, &unknown) {
		return refused.WithHint("if that key may approve plans, %s gets a line for it: PRINCIPAL namespaces=%q TYPE KEY", a.list, plan.Namespace)
	}
	return refused.WithHint("who may is said by %s", a.list)
}
