package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/binaries"
	"hostkit/tests/lab"
)

const sudoPassword = "it's ben's own"

// The whole pipe as root by doas, by a sudo password of the config, and by one
// that a flag names: what one has made, the next finds done.
func TestRootIsReachedInEveryWay(t *testing.T) {
	t.Parallel()
	host := newSite(t, lab.Options{NoIndex: true, Users: []lab.User{
		{Name: "ben", Password: sudoPassword, Sudo: lab.SudoWithPassword},
		{Name: "dora", Doas: lab.DoasNoPassword},
	}})
	ben := host.with(func(s *site) {
		s.reach["user"] = "ben"
		s.reach["sudo"] = object{"password": object{"$secret": object{"env": "HOSTKIT_SUDO"}}}
		s.env = append(s.env, "HOSTKIT_SUDO="+sudoPassword)
	})
	dora := host.with(func(s *site) { s.reach["user"], s.reach["doas"] = "dora", true })
	ben.makesOddThings("/srv/ben")
	dora.makesOddThings("/srv/dora")

	ben.applied(ben.plan(folder))
	dora.mustHaveNoChange(folder)
	typed := host.with(func(s *site) {
		s.reach["user"] = "ben"
		s.env = append(s.env, "TYPED="+sudoPassword)
	})
	facts := typed.must(typed.document(folder), "hk-facts", "--sudo-password-env", "TYPED")
	plan := typed.must(facts, "hk-plan")
	if p := decode[doc.Plan](t, plan); len(p.Changes) != 0 || strings.Contains(string(plan), "TYPED") {
		t.Errorf("%s", plan)
	}
	typed.must(plan, "hk-apply", "--confirm", "--sudo-password-env", "TYPED")
}

// A wrong password is said to be wrong, once, and changes nothing; the host that
// comes after it is reached.
func TestAWrongSudoPasswordIsSaid(t *testing.T) {
	t.Parallel()
	host := newSite(t, lab.Options{NoIndex: true, Users: []lab.User{{Name: "ben", Password: sudoPassword, Sudo: lab.SudoWithPassword}}})
	before := host.snapshot()
	ben := host.with(func(s *site) {
		s.reach["user"] = "ben"
		s.reach["sudo"] = object{"password": object{"$secret": object{"env": "HOSTKIT_SUDO"}}}
		s.env = append(s.env, "HOSTKIT_SUDO=wrong "+sudoPassword)
	})
	o := ben.run(ben.document(folder), "hk-facts")
	if o.exit != 4 || !strings.Contains(o.stderr, "sudo does not take the password") || !strings.Contains(string(o.stdout), `"code":"sudo_wrong_password"`) {
		t.Errorf("%s", o)
	}
	host.mustBeUntouched(before, "a wrong password")
}

// On the host itself, without ssh, it is the same sudo.
func TestALocalHostHasTheSameSudo(t *testing.T) {
	t.Parallel()
	host := newSite(t, lab.Options{
		NoIndex: true, Users: []lab.User{
			{Name: "ben", Password: sudoPassword, Sudo: lab.SudoWithPassword}, {Name: "dora", Doas: lab.DoasNoPassword},
		},
		Files: []lab.File{{Path: "/etc/sudoers.d/lecture", Content: "Defaults lecture=always\n", Mode: 0o440}},
	})
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(filepath.Join(bin, "hk-facts"))
	if err != nil {
		t.Fatal(err)
	}
	if err := host.host.WriteFile("/usr/local/bin/hk-facts", program, 0o755); err != nil {
		t.Fatal(err)
	}
	here := host.with(func(s *site) { s.reach = object{"connection": "local", "ssh": s.reach["ssh"]} })
	delete(here.reach, "ssh")
	document := here.document(object{"files": object{"/etc/shadow": object{"content": "x"}}})
	if err := host.host.WriteFile("/tmp/document", document, 0o644); err != nil {
		t.Fatal(err)
	}
	// At a terminal, where sudo would rather speak to a person.
	facts := func(user, flags string) (string, error) {
		line := "hk-facts " + flags + " </tmp/document >/tmp/facts." + user
		cmd := host.host.SSH(context.Background(), user, "TYPED=\""+sudoPassword+"\" WRONG=wrong script -qec '"+line+"' /dev/null")
		said, err := cmd.CombinedOutput()
		out, readErr := host.host.ReadFile("/tmp/facts." + user)
		if readErr != nil {
			t.Fatalf("%v: %s", readErr, said)
		}
		if strings.Contains(string(said), "We trust you") || strings.Contains(string(said), "\nSorry") {
			t.Errorf("sudo speaks past us: %s", said)
		}
		return string(out), err
	}
	for user, flags := range map[string]string{"ben": "--sudo-password-env TYPED", "dora": "--doas"} {
		if out, err := facts(user, flags); err != nil || !strings.Contains(out, `"digest":"sha256:`) {
			t.Errorf("%s: %v: %s", user, err, out)
		}
	}
	for flags, code := range map[string]string{
		"--sudo": "sudo_password_required", "--sudo-password-env WRONG": "sudo_wrong_password", "--doas": "doas_not_allowed",
	} {
		if out, err := facts("ben", flags); err == nil || !strings.Contains(out, `"code":"`+code+`"`) {
			t.Errorf("%s: %v: %s", flags, err, out)
		}
	}
}
