package become_test

import (
	"testing"

	"hostkit/pkg/transport"
	"hostkit/tests/lab"
)

// What expires while somebody is logged in meets sudo; what has expired before
// meets sshd.
func TestAnAccountThatExpired(t *testing.T) {
	t.Parallel()
	names := []string{"account", "word", "freely", "before", "closed", "shut"}
	var options lab.Options
	for _, name := range names {
		u := lab.User{Name: name, Password: canary, Sudo: lab.SudoWithPassword}
		if name == "freely" {
			u.Sudo = lab.SudoNoPassword
		}
		if name == "shut" {
			u.Shell = "/usr/sbin/nologin"
		}
		options.Users = append(options.Users, u)
	}
	host := lab.Run(t, options)
	account, word, freely := login(t, host, "account"), login(t, host, "word"), login(t, host, "freely")
	execute(t, host, "chage", "-E", "0", "account")
	execute(t, host, "chage", "-d", "0", "word")
	execute(t, host, "chage", "-E", "0", "freely")
	execute(t, host, "chage", "-d", "0", "before")

	expect(t, account, sudo(canary), "sudo_account_expired")
	expect(t, word, sudo(canary), "sudo_account_expired")
	expect(t, freely, sudo(""), "sudo_account_expired")
	expect(t, freely, sudo(canary), "sudo_account_expired")
	for _, as := range []transport.Privilege{{}, sudo(""), sudo(canary), doas("")} {
		expect(t, login(t, host, "before"), as, "password_expired")
		expect(t, login(t, host, "shut"), as, "no_login_shell")
	}
}

func TestAHostWhoseSudoIsBroken(t *testing.T) {
	t.Parallel()
	host := lab.Run(t, lab.Options{Users: []lab.User{{Name: "bea", Password: canary, Sudo: lab.SudoWithPassword, Doas: lab.DoasNoPassword}}})
	conn := login(t, host, "bea")
	both := func(as func(password string) transport.Privilege, want string) {
		t.Helper()
		for _, password := range []string{"", canary} {
			expect(t, conn, as(password), want)
		}
	}
	root := func(string) transport.Privilege { return doas("") }

	both(root, "root")
	execute(t, host, "chmod", "u-s", "/usr/bin/sudo", "/usr/bin/doas")
	both(sudo, "sudo_not_setuid")
	both(root, "doas_not_setuid")
	execute(t, host, "chmod", "u+s", "/usr/bin/sudo", "/usr/bin/doas")

	execute(t, host, "sh", "-c", "echo nonsense nonsense >/etc/doas.conf; chmod a+w /etc/sudoers")
	both(sudo, "sudo_misconfigured")
	both(root, "doas_misconfigured")

	execute(t, host, "rm", "/usr/bin/sudo", "/usr/bin/doas")
	both(sudo, "sudo_not_found")
	both(root, "doas_not_found")
}

func doas(user string) transport.Privilege {
	return transport.Privilege{Program: transport.Doas, User: user}
}

func TestDoas(t *testing.T) {
	t.Parallel()
	host := lab.Run(t, lab.Options{
		Users: []lab.User{
			{Name: "free", Doas: lab.DoasNoPassword},
			{Name: "asked", Password: canary, Doas: lab.DoasWithPassword},
			{Name: "finn", Shell: "/usr/bin/fish", Doas: lab.DoasNoPassword},
			{Name: "tess", Shell: "/usr/bin/tcsh", Doas: lab.DoasNoPassword},
			{Name: "noone"},
		},
	})
	for _, tt := range []struct{ user, as, want string }{
		{"free", "", "root"},
		{"free", "root", "root"},
		{"free", "daemon", "daemon"},
		{"free", "nosuchuser", "doas_unknown_user"},
		{"finn", "", "root"},
		{"tess", "daemon", "daemon"},
		{"asked", "", "doas_password_required"},
		{"noone", "", "doas_not_allowed"},
	} {
		expect(t, login(t, host, tt.user), doas(tt.as), tt.want)
	}
	execute(t, host, "rm", "/etc/doas.conf")
	expect(t, login(t, host, "free"), doas(""), "doas_misconfigured")
}
