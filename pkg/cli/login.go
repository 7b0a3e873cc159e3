package cli

import (
	"errors"
	"flag"
	"strconv"

	"hostkit/pkg/doc"
)

// Login is the flags of the commands that log in to hosts. What is given wins
// over the document.
type Login struct {
	User, IdentityFile, PasswordEnv string
	Port                            int
	Sudo                            bool
	// Base is the folder that relative paths of a document are taken from.
	Base string
	// AllowEnv, SecretDir and AllowSecretCommands open the gates of secrets.
	AllowEnv            List
	SecretDir           string
	AllowSecretCommands bool
}

// LoginEnviron are the variables of the flags of [Login] that have one.
var LoginEnviron = map[string]string{
	"user": "HOSTKIT_USER", "port": "HOSTKIT_PORT", "identity-file": "HOSTKIT_IDENTITY_FILE",
	"parallel": "HOSTKIT_PARALLEL",
}

// Flags declares the flags.
func (l *Login) Flags(fs *flag.FlagSet) {
	fs.StringVar(&l.User, "user", "", "log in as `NAME`")
	fs.Func("port", "connect to port `N`", func(value string) (err error) {
		if l.Port, err = strconv.Atoi(value); err != nil || l.Port < 1 || l.Port > 65535 {
			return errors.New("is not a port: want 1 to 65535")
		}
		return nil
	})
	fs.StringVar(&l.IdentityFile, "identity-file", "", "private key `FILE`")
	fs.StringVar(&l.PasswordEnv, "password-env", "", "log in with the password in variable `NAME`")
	fs.BoolVar(&l.Sudo, "sudo", false, "become root with sudo")
	fs.StringVar(&l.Base, "base", ".", "where relative paths begin, `DIR`")
	fs.Var(&l.AllowEnv, "allow-env", "let secrets come from variable `NAME`")
	fs.StringVar(&l.SecretDir, "secret-dir", "", "let secrets come from files below `DIR`")
	fs.BoolVar(&l.AllowSecretCommands, "allow-secret-commands", false, "let secrets come from commands")
}

// Override puts what was given in the place of what the document says.
func (l *Login) Override(h *doc.Host) {
	ssh := doc.SSH{}
	if h.SSH != nil {
		ssh = *h.SSH
	}
	if l.User != "" {
		h.User = l.User
	}
	if l.Port != 0 {
		ssh.Port = doc.Port(l.Port)
	}
	if l.IdentityFile != "" {
		ssh.IdentityFile = l.IdentityFile
	}
	if l.PasswordEnv != "" {
		ssh.Password = &doc.SecretRef{Secret: doc.SecretSource{Env: l.PasswordEnv}}
	}
	h.Sudo.On = h.Sudo.On || l.Sudo
	if h.Connection != "local" {
		h.SSH = &ssh
	}
}
