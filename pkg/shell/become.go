package shell

import (
	"fmt"
	"regexp"
)

// Become says as whom the receiver runs. The zero value is the login user.
type Become struct {
	// Program is "sudo", "doas", or empty for the login user.
	Program string
	// User is whom to become; empty means root.
	User string
	// WithPassword lets sudo have a password, which [Unlock] brings. Without it a
	// program that asks for one fails at once and says so on stderr
	// (ClosedError.Said).
	WithPassword bool
}

// The exit statuses by which a line that asks for a password ends before the
// receiver runs. The words on stderr are sudo's.
const (
	// StatusNoPassword: the stream ended before the password did.
	StatusNoPassword = 93
	// StatusUnfitShell: /bin/sh has no printf of its own; the arguments of a
	// program can be seen by everybody on the host.
	StatusUnfitShell = 94
	// StatusRefused: sudo did not let us in with the password.
	StatusRefused = 95
)

// The lines by which the host's end of the handshake speaks. Each comes on a
// line of its own, so that a login shell which prints its command says none.
const (
	markPassword   = "hostkit: password"
	markNoPassword = "hostkit: no password"
	markReady      = "hostkit: ready"
	// markGo follows the password in sudo's stdin.
	markGo = "hostkit: go"
)

// userForm is what can be passed through every login shell, and is no option.
var userForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// ExecLine returns the exec request that starts a session: one line without
// newline, "!", backslash or data, for login shells may be fish or csh and sshd
// hands the line to `$SHELL -c`. The error says that become can't be had.
func ExecLine(become Become) (string, error) {
	switch {
	case become.Program != "" && become.Program != "sudo" && become.Program != "doas":
		return "", fmt.Errorf("become another user: no way called %q is known", become.Program)
	case become.User != "" && !userForm.MatchString(become.User):
		return "", fmt.Errorf("become another user: %q is not a login name", become.User)
	case become.WithPassword && become.Program != "sudo":
		return "", fmt.Errorf("become another user: a password is for sudo alone")
	}
	return execLine("/bin/sh", Path, become), nil
}

// command is the program with its options. The form that is probed is the form
// that runs: a sudoers rule may allow /bin/sh and not true. -k ignores a cached
// password, so that the answer does not depend on who used sudo a minute ago.
func (b Become) command(option string) string {
	command := b.Program
	if b.Program == "sudo" {
		command += " -k"
	}
	command += " " + option
	if b.User != "" {
		command += " -u " + b.User
	}
	return command
}

// asking returns the script that finds out, as the login user, whether sudo
// wants a password, takes it from stdin, and starts the bootstrap. Its arguments
// are the bootstrap and what comes before it where there is a password.
//
// The password is known to this shell's own variable p and goes out through
// pipes alone, by commands that are part of the shell. Hence what a login
// environment can say is undone first: that variables are exported, that
// commands are printed, that printf is a function.
//
// sudo gets it twice. The first stdin ends with it: of a longer one sudo would
// take the next line for a second attempt. (It begins one all the same, and finds
// no password; a pam_faillock counts that too, and locks nobody by it who may err
// three times.) The second one goes on with what the client sends, and begins
// with a line that tells the bootstrap that sudo has read the password: a PAM
// that asks once an hour leaves it there.
//
// When sudo has ended nobody reads from cat, and cat would not notice before it
// writes; it first tells its number, by which it is ended.
func (b Become) asking(sh string) string {
	quiet, asks := b.command("-n")+" "+sh+" -c", b.command("-S")+" "+sh+" -c"
	return "set +a +x +v; unset p a s; unset -f sudo printf read cat kill echo command; " +
		// A prompt that is none, said in the way that sudo-rs passes over where it
		// has no -p.
		`LC_ALL=C; SUDO_PROMPT=" "; export LC_ALL SUDO_PROMPT; ` +
		`command -v sudo >/dev/null || exec sudo; ` +
		`if ` + quiet + ` : </dev/null >/dev/null 2>&1; then echo; echo "` + markNoPassword + `"; exec ` + quiet + ` "$1"; fi; ` +
		`case $(command -v printf) in printf) ;; *) exit 94;; esac; ` +
		`echo; echo "` + markPassword + `"; IFS= read -r p || exit 93; ` +
		`{ printf %s "$p"; echo; } | ` + asks + ` : >/dev/null || exit 95; ` +
		`{ read -r a s </proc/self/stat; echo "$a"; printf %s "$p"; echo; echo "` + markGo + `"; exec cat 2>/dev/null; } | ` +
		`{ unset p; read -r a; ` + asks + ` "$2$1"; s=$?; kill "$a" 2>/dev/null; exit "$s"; }`
}

// readyForReceiver comes before the bootstrap where there is a password.
const readyForReceiver = `unset n; unset -f read echo; echo; echo "` + markReady + `"; ` +
	`read -r n; case $n in "` + markGo + `") ;; *) read -r n;; esac; `
