package transport

// reason is a way to be refused. PASSWORD in its advice stands for where the password
// came from, and USER for who logs in.
type reason struct {
	// words are what is looked for in what was said, in lower case.
	words             []string
	code, why, advice string
}

const allowInSudoers = "allow it in sudoers: `USER ALL=(root) NOPASSWD: /bin/sh`"

// sudoReasons are tried in order. The words are those of sudo 1.8 and 1.9, of
// sudo-rs (its src/common/error.rs and src/pam/error.rs), and of the shells that
// look for sudo. sudo-rs is not in Debian 12, and was not tried here.
//
// A password that is wrong comes before one that is wanted: sudo says both when
// its stdin has ended after the first attempt. The first reason is also that of a
// program that is not there, in whatever words.
var sudoReasons = []reason{
	{
		[]string{"sudo: not found", "sudo: command not found", "unknown command", "sudo: no such file", "'sudo': no such file"},
		"sudo_not_found", "the host has no sudo",
		"install sudo, or log in as root and leave sudo out",
	},
	{
		[]string{"is expired", "password expired", "account expired", "account validation failure", "unable to change expired password"},
		"sudo_account_expired", "sudo finds the account or its password expired or locked",
		"look at it with `chage -l USER`, and set a new password",
	},
	{
		[]string{"incorrect password attempt", "incorrect authentication attempt", "sorry, try again", "failed, try again"},
		"sudo_wrong_password", "sudo does not take the password",
		"check PASSWORD by hand, and whether the account is locked, before another attempt is counted",
	},
	{
		[]string{"password is required", "read the password", "authentication is required", "authentication required", "interaction is required", "no password was provided"},
		"sudo_password_required", "sudo asks for a password, and there is none",
		"give the host \"sudo\": {\"password\": {\"$secret\": {\"env\": \"HOSTKIT_SUDO_PASSWORD\"}}} in the config, or --sudo-password-env HOSTKIT_SUDO_PASSWORD, or " + allowInSudoers,
	},
	{
		[]string{"must have a tty", "terminal is required to authenticate"},
		"sudo_requires_tty", "sudo wants a terminal",
		"remove requiretty for this user from sudoers",
	},
	{
		[]string{"not in the sudoers", "is not allowed to", "may not run", "i'm afraid i can't do that"},
		"sudo_not_allowed", "sudo does not allow this user to run /bin/sh",
		allowInSudoers,
	},
	{
		[]string{"unknown user", "' not found"},
		"sudo_unknown_user", "sudo knows no user of the name to become",
		"check sudo.user in the config",
	},
	{
		[]string{"no new privileges", "effective uid is not 0", "must be owned by uid 0", "setuid"},
		"sudo_not_setuid", "sudo can't become root there",
		"the host's sudo has lost its setuid bit, or runs in a container that forbids it",
	},
	{
		[]string{"pam authentication error", "pam account management error", "unable to initialize pam", "pam error", "pam_open_session"},
		"sudo_pam_failed", "the host's PAM let sudo go no further",
		"look at /etc/pam.d/sudo and the host's auth log",
	},
	{
		[]string{"syntax error", "no valid sudoers", "invalid configuration", "error initializing policy", "unable to open /etc/sudoers"},
		"sudo_misconfigured", "the host's sudoers can't be used",
		"check it with `visudo -c`",
	},
}

var (
	sudoAsksMore = reason{
		code: "sudo_asks_more", why: "sudo asks for more than a password",
		advice: "a second factor can't be given here: " + allowInSudoers,
	}
	sudoRefused = reason{
		code: "sudo_refused", why: "sudo did not start the shell with the password",
		advice: "log in by hand and try `sudo -k /bin/sh -c :`",
	}
	sudoFailed = reason{
		code: "sudo_failed", why: "the login shell or sudo ended before a session began",
		advice: "log in by hand and try `sudo -n /bin/sh -c :`",
	}
	unfitShell = reason{
		code: "sudo_shell_unfit", why: "the host's /bin/sh has no printf of its own, and would show the password to others",
		advice: allowInSudoers,
	}
	doasFailed = reason{
		code: "doas_failed", why: "the login shell or doas ended before a session began",
		advice: "log in by hand and try `doas -n /bin/sh -c :`",
	}
)

const allowInDoas = "write in the host's doas.conf: `permit nopass USER`"

// doasReasons are tried in order; the words are those of OpenDoas and OpenBSD.
var doasReasons = []reason{
	{
		[]string{"doas: not found", "doas: command not found", "unknown command", "doas: no such file", "'doas': no such file"},
		"doas_not_found", "the host has no doas",
		"install doas, or use sudo, or log in as root",
	},
	{
		[]string{"authentication required", "authentication failed", "a tty is required"},
		"doas_password_required", "doas asks for a password, which it takes from a terminal alone",
		allowInDoas,
	},
	{
		[]string{"doas is not enabled", "syntax error", "is not owned by root", "is writable by group or other"},
		"doas_misconfigured", "the host's doas.conf can't be used",
		"check it with `doas -C /etc/doas.conf`; it wants a line like `permit nopass USER`",
	},
	{
		[]string{"not installed setuid", "setresuid"},
		"doas_not_setuid", "doas can't become root there",
		"the host's doas has lost its setuid bit, or runs in a container that forbids it",
	},
	{
		[]string{"unknown user", "no passwd entry for target"},
		"doas_unknown_user", "doas knows no user of the name to become",
		"check doas.user in the config",
	},
	{
		[]string{"operation not permitted"},
		"doas_not_allowed", "doas does not allow this user to run /bin/sh",
		allowInDoas,
	},
}

// accountReasons are what sshd, PAM and the shells of closed accounts say
// before they hang up at the login, or after the exec request.
var accountReasons = []reason{
	{
		[]string{"password change required but no tty", "you are required to change your password"},
		"password_expired", "the host wants the login's password changed first",
		"log in by hand and change it, or lift its expiry with `chage`",
	},
	{
		[]string{"your account has expired"},
		"account_expired", "the login's account has expired",
		"extend it on the host with `chage -E`",
	},
	{
		[]string{"this account is currently not available", "this account is not available"},
		"no_login_shell", "the login's account runs no commands",
		"give it a login shell with `chsh`, or log in as another user",
	},
}

// shellRefused is for an account whose shell ends at once, as /bin/false does, and
// restricted shells, and sshd's ForceCommand.
var shellRefused = reason{
	code: "shell_refused", why: "the login shell ended before a session began",
	advice: "try `ssh HOST /bin/sh -c :`, and look at the account's shell, ForceCommand in the host's sshd_config, and command= in authorized_keys",
}
