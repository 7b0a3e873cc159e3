package cli

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
)

// Login is the flags of the commands that log in to hosts. What is given wins
// over the document.
type Login struct {
	User, IdentityFile, PasswordEnv string
	Port                            int
	// Sudo and Doas become root, and SudoPasswordEnv, the variable that has the
	// password, switches sudo on.
	Sudo, Doas      bool
	SudoPasswordEnv string
	// Jump is the hosts to go through; empty and not nil means none.
	Jump []doc.Jump
	// SSHConfig is a file to read instead of ssh's own config; "none" reads none.
	SSHConfig string
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
	fs.Func("jump", "go through `HOST,...` as ssh -J does; or none", func(value string) (err error) {
		l.Jump, err = parseJumps(value)
		return err
	})
	fs.StringVar(&l.SSHConfig, "ssh-config", "", "read ssh's config from `FILE`, or none")
	fs.BoolVar(&l.Sudo, "sudo", false, "become root with sudo")
	fs.StringVar(&l.SudoPasswordEnv, "sudo-password-env", "", "give sudo the password in variable `NAME`")
	fs.BoolVar(&l.Doas, "doas", false, "become root with doas")
	fs.StringVar(&l.Base, "base", ".", "where relative paths begin, `DIR`")
	fs.Var(&l.AllowEnv, "allow-env", "let secrets come from variable `NAME`")
	fs.StringVar(&l.SecretDir, "secret-dir", "", "let secrets come from files below `DIR`")
	fs.BoolVar(&l.AllowSecretCommands, "allow-secret-commands", false, "let secrets come from commands")
}

// Check refuses flags that contradict each other.
func (l *Login) Check() error {
	switch {
	case l.Doas && l.Sudo:
		return Usagef("--sudo and --doas contradict each other")
	case l.Doas && l.SudoPasswordEnv != "":
		return Usagef("--sudo-password-env and --doas contradict each other").
			WithHint("doas takes a password from a terminal alone: its doas.conf must say nopass")
	}
	return l.checkVariables()
}

// checkVariables refuses what is not the name of a variable, and never shows it: who
// typed the password itself would read it in what is said of a variable.
func (l *Login) checkVariables() error {
	for _, given := range []struct {
		flag  string
		names []string
	}{
		{"password-env", []string{l.PasswordEnv}},
		{"sudo-password-env", []string{l.SudoPasswordEnv}},
		{"allow-env", l.AllowEnv},
	} {
		for _, name := range given.names {
			if _, err := doc.ParseVariableName(name); name != "" && err != nil {
				return Usagef("--%s: %v", given.flag, err).
					WithHint(`it takes a variable's name, not its value: read -rs HOSTKIT_PASSWORD && export HOSTKIT_PASSWORD, then --%s HOSTKIT_PASSWORD`, given.flag)
			}
		}
	}
	return nil
}

// AllowedEnv are the variables that secrets may come from whatever their names:
// who types the name of one for a password has said so.
func (l *Login) AllowedEnv() []string {
	allowed := slices.Clone(l.AllowEnv)
	for _, typed := range []string{l.PasswordEnv, l.SudoPasswordEnv} {
		if typed != "" {
			allowed = append(allowed, typed)
		}
	}
	return allowed
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
		// The passphrase is that of the document's key.
		ssh.IdentityFile, ssh.Passphrase = l.IdentityFile, nil
	}
	if l.Jump != nil {
		ssh.Jump = l.Jump
	}
	if l.PasswordEnv != "" {
		ssh.Password = &doc.SecretRef{Secret: doc.SecretSource{Env: doc.VariableName(l.PasswordEnv)}}
	}
	l.become(h)
	if h.Connection != "local" {
		h.SSH = &ssh
	}
}

// become puts one way to become root in the place of the other; whom to become
// stays what the document says.
func (l *Login) become(h *doc.Host) {
	switch {
	case l.Doas:
		h.Sudo, h.Doas.On = doc.Switch[doc.Sudo]{}, true
	case l.Sudo || l.SudoPasswordEnv != "":
		h.Doas, h.Sudo.On = doc.Switch[doc.Doas]{}, true
	}
	if l.SudoPasswordEnv != "" {
		h.Sudo.With.Password = &doc.SecretRef{Secret: doc.SecretSource{Env: doc.VariableName(l.SudoPasswordEnv)}}
	}
}

// parseJumps reads what ssh -J takes.
func parseJumps(value string) ([]doc.Jump, error) {
	jumps := []doc.Jump{}
	if value == "none" {
		return jumps, nil
	}
	for hop := range strings.SplitSeq(value, ",") {
		jump, err := doc.ParseJump(hop)
		if err != nil {
			return nil, jumpRefusal(hop, err)
		}
		jumps = append(jumps, jump)
	}
	if len(jumps) > doc.MostJumps {
		return nil, fmt.Errorf("leads through %d hosts, more than %d", len(jumps), doc.MostJumps)
	}
	return jumps, nil
}

// jumpRefusal begins with what is refused, and leaves a password out of it.
func jumpRefusal(hop string, err error) error {
	at := strings.LastIndex(hop, "@")
	if at < 0 || strings.HasPrefix(err.Error(), `"`) || strings.HasPrefix(err.Error(), "this is ") {
		return err
	}
	return fmt.Errorf("%q: %w", "…"+hop[at:], err)
}
