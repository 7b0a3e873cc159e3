package become_test

import (
	"strings"
	"testing"

	"hostkit/tests/lab"
)

func TestEveryLoginShellBecomesRootWithAPassword(t *testing.T) {
	t.Parallel()
	shells := map[string]string{
		"bea": "/bin/bash", "dan": "/bin/dash", "finn": "/usr/bin/fish", "tess": "/usr/bin/tcsh", "ash": "/usr/local/bin/ash",
	}
	options := lab.Options{Files: []lab.File{
		{Path: "/usr/local/bin/ash", Content: "#!/bin/sh\nexec /bin/busybox ash \"$@\"\n", Mode: 0o755},
		{Path: "/etc/profile.d/greet.sh", Content: "echo Welcome; printf 'hostkit: no password'\n"},
		{Path: "/etc/bash.bashrc", Content: "echo 'Welcome to bash'; echo greetings >&2\n"},
	}}
	for name, path := range shells {
		options.Users = append(options.Users, lab.User{Name: name, Password: canary, Shell: path, Sudo: lab.SudoWithPassword})
	}
	host := lab.Run(t, options)
	for name := range shells {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := login(t, host, name)
			expect(t, conn, sudo(canary), "root")
			as := sudo(canary)
			as.User = "nobody"
			expect(t, conn, as, "nobody")
			expect(t, conn, sudo(""), "sudo_password_required")
			expect(t, conn, sudo("wrong"), "sudo_wrong_password")
		})
	}
}

// policies are what sudoers may say of a user, and what becomes of sudo with the
// password and without.
var policies = []struct {
	name, sudoers string
	// as is whom to become, root where it is empty.
	as                    string
	withPassword, unasked string
}{
	{name: "plain", sudoers: "plain ALL=(ALL) ALL", withPassword: "root", unasked: "sudo_password_required"},
	{name: "free", sudoers: "free ALL=(ALL) NOPASSWD: /bin/sh", withPassword: "root", unasked: "root"},
	{name: "never", sudoers: "Defaults:never !authenticate\nnever ALL=(ALL) ALL", withPassword: "root", unasked: "root"},
	{name: "onlysh", sudoers: "onlysh ALL=(root) /bin/sh", withPassword: "root", unasked: "sudo_password_required"},
	{name: "notsh", sudoers: "notsh ALL=(root) /usr/bin/true", withPassword: "sudo_not_allowed", unasked: "sudo_password_required"},
	{name: "notshfree", sudoers: "notshfree ALL=(root) NOPASSWD: /usr/bin/true", withPassword: "sudo_not_allowed", unasked: "sudo_password_required"},
	{name: "noone", withPassword: "sudo_not_allowed", unasked: "sudo_password_required"},
	{name: "notroot", sudoers: "notroot ALL=(daemon) ALL", withPassword: "sudo_not_allowed", unasked: "sudo_password_required"},
	{name: "other", sudoers: "other ALL=(daemon) ALL", as: "daemon", withPassword: "daemon", unasked: "sudo_password_required"},
	{name: "stranger", sudoers: "stranger ALL=(ALL) ALL", as: "nosuchuser", withPassword: "sudo_unknown_user", unasked: "sudo_unknown_user"},
	{name: "term", sudoers: "Defaults:term requiretty\nterm ALL=(ALL) ALL", withPassword: "sudo_requires_tty", unasked: "sudo_requires_tty"},
	{name: "lecture", sudoers: "Defaults:lecture lecture=always\nlecture ALL=(ALL) ALL", withPassword: "root", unasked: "sudo_password_required"},
	{name: "pty", sudoers: "Defaults:pty use_pty,pwfeedback,visiblepw\npty ALL=(ALL) ALL", withPassword: "root", unasked: "sudo_password_required"},
	{name: "nopty", sudoers: "Defaults:nopty !use_pty\nnopty ALL=(ALL) ALL", withPassword: "root", unasked: "sudo_password_required"},
	{name: "cached", sudoers: "Defaults:cached timestamp_timeout=60,timestamp_type=global\ncached ALL=(ALL) ALL", withPassword: "root", unasked: "sudo_password_required"},
	{name: "prompt", sudoers: "Defaults:prompt passprompt_override,passprompt=\"hostkit: ready\"\nprompt ALL=(ALL) ALL", withPassword: "root", unasked: "sudo_password_required"},
	{name: "logged", sudoers: "Defaults:logged log_input,log_output\nlogged ALL=(ALL) ALL", withPassword: "root", unasked: "sudo_password_required"},
	{name: "keep", sudoers: "Defaults:keep !env_reset,setenv\nkeep ALL=(ALL) ALL", withPassword: "root", unasked: "sudo_password_required"},
}

func TestWhatSudoersSaysDecides(t *testing.T) {
	t.Parallel()
	var options lab.Options
	for _, p := range policies {
		options.Users = append(options.Users, lab.User{Name: p.name, Password: canary})
		options.Files = append(options.Files, lab.File{Path: "/etc/sudoers.d/" + p.name, Content: p.sudoers + "\n", Mode: 0o440})
	}
	host := lab.Run(t, options)
	log := keepLog(t, host)
	t.Run("policies", func(t *testing.T) {
		for _, p := range policies {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				conn := login(t, host, p.name)
				for password, want := range map[string]string{"": p.unasked, canary: p.withPassword} {
					as := sudo(password)
					as.User = p.as
					// Twice: what sudo remembers changes nothing.
					expect(t, conn, as, want)
					expect(t, conn, as, want)
				}
			})
		}
	})
	for line := range strings.Lines(log()) {
		if strings.Contains(line, "authentication failure") || strings.Contains(line, "incorrect password") {
			t.Errorf("a right password was refused, or one was sent unasked: %s", line)
		}
	}
}

// What sudo takes for one password is sent as one.
func TestSudoTakesPasswordsOfAnyKind(t *testing.T) {
	t.Parallel()
	passwords := map[string]string{
		"spaces": " two  spaces ", "quotes": `it's "quoted" $HOME`, "slashes": `back\slash\n\`, "dashes": "--help",
		"umlauts": "pässwörd 密码", "longest": strings.Repeat("p", 511), "marks": "hostkit: go", "digits": "12345",
	}
	var options lab.Options
	for name, password := range passwords {
		options.Users = append(options.Users, lab.User{Name: name, Password: password, Sudo: lab.SudoWithPassword})
	}
	host := lab.Run(t, options)
	for name, password := range passwords {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expect(t, login(t, host, name), sudo(password), "root")
		})
	}
}

// A wrong password is one that was tried, whatever passwd_tries allows.
func TestAWrongPasswordIsOneAttempt(t *testing.T) {
	t.Parallel()
	host := lab.Run(t, lab.Options{
		Users: []lab.User{{Name: "bea", Password: canary, Sudo: lab.SudoWithPassword}},
		Files: []lab.File{{Path: "/etc/sudoers.d/tries", Content: "Defaults passwd_tries=5\n", Mode: 0o440}},
	})
	log := keepLog(t, host)
	conn := login(t, host, "bea")
	expect(t, conn, sudo("wrong"), "sudo_wrong_password")
	// sudo says so only when it has waited, as after every wrong password.
	until(t, "sudo does not say that it was one attempt", func() bool {
		return strings.Contains(log(), "1 incorrect password attempt ;")
	})
	if n := strings.Count(log(), "pam_unix(sudo:auth): authentication failure"); n != 1 {
		t.Errorf("%d passwords were tried", n)
	}
	expect(t, conn, sudo(canary), "root")
}

// With a faillock that locks after three, sudo's asking again, which it does
// before it sees that its stdin has ended, counts as well: two of three.
func TestAWrongPasswordDoesNotLockTheAccount(t *testing.T) {
	t.Parallel()
	host := lab.Run(t, lab.Options{
		Users: []lab.User{{Name: "bea", Password: canary, Sudo: lab.SudoWithPassword}},
		Files: []lab.File{{Path: "/etc/pam.d/sudo", Content: `auth required pam_faillock.so preauth deny=3
auth [success=1 default=ignore] pam_unix.so
auth [default=die] pam_faillock.so authfail deny=3
auth sufficient pam_faillock.so authsucc deny=3
account required pam_faillock.so
account required pam_unix.so
session required pam_unix.so
`}},
	})
	conn := login(t, host, "bea")
	expect(t, conn, sudo("wrong"), "sudo_wrong_password")
	if n := strings.Count(execute(t, host, "faillock", "--user", "bea"), " V\n"); n < 1 || n > 2 {
		t.Errorf("%d failures were counted", n)
	}
	expect(t, conn, sudo(canary), "root")
	if n := strings.Count(execute(t, host, "faillock", "--user", "bea"), " V\n"); n != 0 {
		t.Errorf("%d failures are left after the right password", n)
	}
}

// A PAM that lets in who has just been let in: the second sudo reads nothing.
func TestAPAMThatRemembersLeavesThePasswordToNobody(t *testing.T) {
	t.Parallel()
	const remembers = `#!/bin/sh
if [ -e /tmp/known ]; then /bin/rm /tmp/known; exit 0; fi
exit 1
`
	host := lab.Run(t, lab.Options{
		Users: []lab.User{{Name: "bea", Password: canary, Sudo: lab.SudoWithPassword}},
		Files: []lab.File{
			{Path: "/usr/local/sbin/remembers", Content: remembers, Mode: 0o755},
			{Path: "/usr/local/sbin/remember", Content: "#!/bin/sh\numask 0; : >/tmp/known\n", Mode: 0o755},
			{Path: "/etc/pam.d/sudo", Content: `auth sufficient pam_exec.so quiet /usr/local/sbin/remembers
auth requisite pam_unix.so
auth required pam_exec.so quiet /usr/local/sbin/remember
account required pam_unix.so
session required pam_unix.so
`},
		},
	})
	expect(t, login(t, host, "bea"), sudo(canary), "root")
}
