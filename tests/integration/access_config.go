package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writeConfig writes the ssh_config of the target. OpenSSH takes the first value that
// it finds, so what the host's config says wins over what is included.
func (a *access) writeConfig(dir string) error {
	ssh := a.target.ssh()
	var b strings.Builder
	set := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %s %s\n", name, value)
		}
	}
	// By its hostname the files of the person know it too, so that is not set here.
	b.WriteString("Host *\n")
	set("ControlPath", filepath.Join(dir, "c"))
	set("ControlPersist", "no")
	set("ConnectTimeout", "10")
	set("ServerAliveInterval", "15")
	set("User", a.target.Host.User)
	if ssh.Port != 0 {
		set("Port", fmt.Sprint(ssh.Port))
	}
	if ssh.IdentityFile != "" {
		set("IdentityFile", `"`+a.path(ssh.IdentityFile)+`"`)
	}
	if ssh.UseAgent != nil && !*ssh.UseAgent {
		set("IdentityAgent", "none")
	}
	set("HostKeyAlias", ssh.HostKeyAlias)
	a.setHostKeys(set, dir)
	if ssh.Password != nil {
		set("NumberOfPasswordPrompts", "1")
	} else {
		set("BatchMode", "yes")
	}
	if ssh.UseConfig == nil || *ssh.UseConfig {
		fmt.Fprintf(&b, "Match all\n  Include %q\nMatch all\n  Include /etc/ssh/ssh_config\n", expand("~/.ssh/config"))
	}
	if err := a.writeAskpass(dir); err != nil {
		return err
	}
	return os.WriteFile(a.config, []byte(b.String()), 0o600)
}

// setHostKeys says whom to believe. A host that may be accepted silently is known to
// the suite alone: what HostKit finds in known_hosts is as it was.
func (a *access) setHostKeys(set func(name, value string), dir string) {
	ssh := a.target.ssh()
	files := `"` + expand("~/.ssh/known_hosts") + `"`
	if ssh.KnownHosts != "" {
		files = `"` + a.path(ssh.KnownHosts) + `"`
	}
	check := "yes"
	if ssh.SilentlyAcceptHosts || ssh.HostKey != "" {
		files, check = `"`+filepath.Join(dir, "known_hosts")+`" `+files, "accept-new"
	}
	set("UserKnownHostsFile", files)
	set("StrictHostKeyChecking", check)
}

// path is a file's that the config names.
func (a *access) path(name string) string {
	if name = expand(name); filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(a.target.Base, name)
}

// expand puts the home folder in the place of "~/", as HostKit does: ssh itself goes
// by the user database.
func expand(name string) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	return name
}

// writeAskpass writes the program that ssh asks for the password. It takes it from
// where the person has put it; it is in no file.
func (a *access) writeAskpass(dir string) error {
	ref := a.target.ssh().Password
	if ref == nil {
		return nil
	}
	script := "#!/bin/sh\nprintf '%s\\n' \"$" + string(ref.Secret.Env) + "\"\n"
	return os.WriteFile(filepath.Join(dir, "askpass"), []byte(script), 0o700)
}

func (a *access) environ(dir string) []string {
	env := os.Environ()
	if a.target.ssh().Password != nil {
		env = append(env, "SSH_ASKPASS="+filepath.Join(dir, "askpass"), "SSH_ASKPASS_REQUIRE=force")
	}
	return env
}
