package main

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"hostkit/pkg/cli"
	"hostkit/pkg/plan"
	"hostkit/pkg/shell"
	"hostkit/pkg/sshsig"
)

// maxKeyFile is far beyond every key: the largest RSA key that ssh takes is 13 KB.
const maxKeyFile = 64 << 10

// prepareKey reads the key of --sign before there is a plan, so that a wrong one
// costs nothing.
func (o *options) prepareKey() error {
	if o.sign == "" {
		return nil
	}
	if o.out == "" {
		return cli.Usagef("--sign is given, and not --out").
			WithHint("a signature stands beside its plan: hk-plan --out FILE --sign %s writes FILE and FILE.sig", shell.Typed(o.sign))
	}
	text, info, err := cli.ReadBounded(o.sign, maxKeyFile)
	if err != nil {
		refused := cli.Refusef("no_key", "signing key: %s", cli.FileFault(err))
		refused.Cause = err
		if refused.Hint = cli.NearFile(o.sign, err); refused.Hint == "" && errors.Is(err, fs.ErrNotExist) {
			refused.Hint = "name your private key, or make one: ssh-keygen -t ed25519 -f " + shell.Typed(o.sign)
		}
		return refused
	}
	if o.key, err = sshsig.ParseKey(text); err != nil {
		return o.refuseKey(err)
	}
	if exposed(info) {
		return cli.Refusef("key_exposed", "signing key %s: others than its owner may read or write it", o.sign).
			WithHint("chmod 600 %s, if nobody has had it", shell.Typed(o.sign))
	}
	return nil
}

// refuseKey says how a key signs that can't sign here.
func (o *options) refuseKey(err error) error {
	refused := cli.Refusef("key_unusable", "signing key %s %s", o.sign, err)
	if why := (*sshsig.KeyError)(nil); errors.As(err, &why) && why.Elsewhere {
		return refused.WithHint("leave out --sign, and when the plan is written: %s", plan.SignWith(o.sign, o.out))
	}
	return refused.WithHint("name a private key that ssh-keygen has made: ssh-keygen -t ed25519")
}

// exposed is ssh's own rule: a key of mine that others can read may be theirs.
func exposed(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid() && info.Mode().Perm()&0o077 != 0
}

// writeSignature writes the signature that is asked for beside the plans. It is for
// everybody to read.
func (o *options) writeSignature(s cli.Streams, plans []byte) error {
	if o.key == nil {
		return nil
	}
	signature, err := o.key.Sign(plan.Namespace, plans)
	if err != nil {
		return err
	}
	file := o.out + ".sig"
	if err := cli.WriteFile(file, signature.Armor(), 0o644); err != nil {
		return err
	}
	s.Say("signed it: %s", file)
	return nil
}
