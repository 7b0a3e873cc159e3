package e2e

import (
	"bytes"
	"strings"
	"testing"

	"hostkit/pkg/jsonx"
	"hostkit/tests/lab"
)

// expressions are what apt takes for something else than a name: a removal, an
// installation, a pattern, a task, a release, a file, an option.
var expressions = []string{
	"sudo-", "sudo+", "tre.$", "tre*", "hk-o?e", "~nhk", "?name(hk)", "hk-task^", "hk-one/stable", "hk-one=1.0", "./0.deb",
	"/opt/archive/0.deb", "-o=Debug", "--purge", "hk-one hk-two", "hk-one\nhk-two", "$(id)", "",
}

// No config gets a name that apt would take for something else as far as a plan.
func TestNamesThatAptWouldTakeForExpressionsAreRefused(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	before := s.snapshot()
	for _, name := range expressions {
		for _, element := range []object{{"name": name}, {"name": "fine", "as": name}, {"name": name, "state": "absent"}} {
			if name == "" && element["as"] != nil || name == "sudo+" || name == "sudo-" {
				continue
			}
			s.writeLocal("config.json", s.config(packages(element)))
			s.mustRefuse(nil, "config.json:1:", "hk-eval", "config.json")
		}
	}
	// These two are names as far as Debian's policy goes, and no packages.
	for _, name := range []string{"sudo-", "sudo+"} {
		for _, element := range []object{{"name": name}, {"name": "fine", "as": name}} {
			s.mustEndWithoutPlan(packages(element), name)
		}
	}
	s.mustBeUntouched(before, "refused names")
}

// mustEndWithoutPlan fails unless hk-eval, hk-facts or hk-plan refuses the config.
func (s *site) mustEndWithoutPlan(wants object, words string) {
	s.Helper()
	s.writeLocal("config.json", s.config(wants))
	o := s.run(nil, "hk-eval", "config.json")
	for _, next := range []string{"hk-facts", "hk-plan"} {
		if o.exit != 0 {
			break
		}
		o = s.run(o.stdout, next)
	}
	if o.exit != 3 || !strings.Contains(o.stderr, words) || bytes.Contains(o.stdout, []byte("hostkit.plan/v1")) {
		s.Errorf("not refused with %q\n%s", words, o)
	}
}

// A plan that somebody wrote with a right digest is still not a way to apt's
// expressions.
func TestAForgedPlanCanNotReachAptsExpressions(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	p := s.plan(packages("hk-one"))
	before := s.snapshot()
	for _, name := range expressions {
		if name == "" {
			continue
		}
		spelled, err := jsonx.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		raw := bytes.ReplaceAll(p.raw, []byte(`"package": "hk-one"`), append([]byte(`"package": `), spelled...))
		if bytes.Equal(raw, p.raw) {
			t.Fatalf("nothing to forge in\n%s", p.raw)
		}
		o := s.run(s.signed(raw), "hk-apply", "--confirm")
		if o.exit == 0 || o.exit == 130 {
			t.Errorf("%q was taken\n%s", name, o)
		}
	}
	s.mustBeUnchanged(before, "forged plans")
}

// signed is a plan with the digest that belongs to it.
func (s *site) signed(raw []byte) []byte {
	s.Helper()
	sum, err := jsonx.SumWithout(raw, "digest")
	if err != nil {
		s.Fatalf("%v", err)
	}
	spliced, err := jsonx.Splice(raw, "digest", []byte(`"`+sum+`"`))
	if err != nil {
		s.Fatalf("%v", err)
	}
	return spliced
}

func TestAPackageThatDoesNotExistIsRefusedInThePlan(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	before := s.snapshot()
	s.mustEndWithoutPlan(packages("hk-nothing"), "hk-nothing")
	s.mustEndWithoutPlan(packages(object{"name": "x", "as": "hk-nothing"}), "has no hk-nothing")
	s.mustEndWithoutPlan(packages(object{"name": "x", "as": "hk-virtual"}), "hk-provider")
	s.mustEndWithoutPlan(packages(object{"name": "hk-one", "version": "9"}), "no version 9 of hk-one")
	s.mustBeUntouched(before, "refused packages")
}

// A document decides neither what is read from the control machine's environment
// nor what from its disk.
func TestADocumentCanNotReachOutOfItsConfig(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	p := s.plan(folder)
	s = s.with(func(s *site) {
		s.reach["ssh"].(object)["password"] = object{"$secret": object{"env": "AWS_SECRET_ACCESS_KEY"}}
		s.env = append(s.env, "AWS_SECRET_ACCESS_KEY=do-not-read-this")
	})
	document, before := s.document(folder), s.logins()
	o := s.run(document, "hk-facts")
	s.mustSay(o, 3, "secret_missing", []string{"AWS_SECRET_ACCESS_KEY", "--allow-env"})
	if strings.Contains(o.String(), "do-not-read-this") || s.logins() != before {
		t.Errorf("it was read, or a connection was made\n%s", o)
	}
	secret := `{"$secret": {"env": "AWS_SECRET_ACCESS_KEY"}`
	forged := bytes.Replace(p.raw, []byte(`"ssh": {`), []byte(`"ssh": {"password": `+secret+`},`), 1)
	forged = bytes.Replace(forged, []byte(`"changes": [`), []byte(`"secrets": [`+secret+`, "used_by": ["host.ssh.password"]}], "changes": [`), 1)
	s.mustRefuse(s.signed(forged), "AWS_SECRET_ACCESS_KEY", "hk-apply", "--confirm")

	s.writeLocal("../outside", []byte("not of this config"))
	for _, from := range []string{"../outside", "/etc/hostname", "a/../../outside", "missing", "."} {
		s.writeLocal("config.json", s.config(object{"files": object{"/srv/f": object{"from": from}}}))
		s.mustRefuse(nil, "config.json:1:", "hk-eval", "config.json")
	}
}

// What a login needs is missing: nobody connects to find that out.
func TestAMissingSecretIsRefusedBeforeAnyConnection(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true, RootPassword: "the password"})
	s = s.with(func(s *site) {
		s.reach["ssh"].(object)["password"] = object{"$secret": object{"env": "HOSTKIT_E2E_MISSING"}}
	})
	with := s.with(func(s *site) { s.env = append(s.env, "HOSTKIT_E2E_MISSING=the password") })
	p, document, before := with.plan(folder), s.document(folder), s.logins()
	s.mustRefuse(p.raw, "HOSTKIT_E2E_MISSING", "hk-apply", "--confirm")
	s.mustSay(s.run(document, "hk-facts"), 3, "secret_missing", []string{"HOSTKIT_E2E_MISSING", "it is not set"})
	if s.logins() != before {
		t.Error("a connection was made")
	}
}
