package e2e

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/binaries"
	"hostkit/tests/lab"
)

// shell runs what a person types in the config's folder.
func (s *site) shell(script string) (out string, exit int) {
	s.Helper()
	bin, err := binaries.Build()
	if err != nil {
		s.Fatalf("%v", err)
	}
	cmd := exec.Command("bash", "-c", "set -o pipefail\n"+script)
	cmd.Dir = s.base
	cmd.Env = binaries.Environ(bin, append([]string{
		"GIT_AUTHOR_NAME=anna", "GIT_AUTHOR_EMAIL=anna@example.com", "GIT_COMMITTER_NAME=anna", "GIT_COMMITTER_EMAIL=anna@example.com",
	}, s.env...)...)
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	_ = cmd.Run()
	return both.String(), cmd.ProcessState.ExitCode()
}

func (s *site) mustShell(script string) string {
	s.Helper()
	out, exit := s.shell(script)
	if exit != 0 {
		s.Fatalf("$ %s\nexit status %d\n%s", script, exit, out)
	}
	return out
}

// newApprovers is a site with keys of anna, bert and mallory, and a list of the
// first two.
func newApprovers(t *testing.T) *site {
	t.Helper()
	s := newSite(t, lab.Options{NoIndex: true})
	s.writeLocal("config.json", s.config(object{"directories": object{"/srv/approved": object{}}}))
	s.mustShell(`for k in anna bert mallory; do ssh-keygen -q -t ed25519 -N "" -C "" -f $k; done
		for k in anna bert; do echo "$k@example.com namespaces=\"hostkit-plan\" $(cat $k.pub)" | sed 's/ *$//' >>allowed_signers; done`)
	return s
}

// The example's scripts, in a repository: nothing is applied but what somebody on
// main's list has signed.
func TestTheExampleOfApprovalsWorks(t *testing.T) {
	t.Parallel()
	s := newApprovers(t)
	scripts, err := filepath.Abs("../../examples/approval")
	if err != nil {
		t.Fatal(err)
	}
	run := func(script string) (string, int) { return s.shell(strings.ReplaceAll(script, "EXAMPLE", scripts)) }
	must := func(script string) {
		t.Helper()
		if out, exit := run(script); exit != 0 {
			t.Fatalf("$ %s\nexit status %d\n%s", script, exit, out)
		}
	}
	refused := func(script, words string) {
		t.Helper()
		before := s.logins()
		out, exit := run(script)
		if exit != 3 || !strings.Contains(out, words) {
			t.Errorf("$ %s\nexit status %d, want 3 and %q\n%s", script, exit, words, out)
		}
		if s.logins() != before {
			t.Errorf("$ %s\nit has logged in", script)
		}
	}
	must(`git init -q -b main && git add config.json allowed_signers && git commit -q -m "Begin" && git switch -q -c change &&
		hk-eval config.json | hk-resolve --repository debian_12 --write-package-lock host_kit.package.lock >resolved.json && EXAMPLE/propose.sh`)
	refused(`EXAMPLE/apply.sh`, "plan.json is not signed")
	must(`echo y | EXAMPLE/approve.sh mallory && git show --stat HEAD | grep -q plan.json.sig`)
	refused(`EXAMPLE/apply.sh`, "signed by nobody who may")
	// Whoever changes the list on the branch changes nothing.
	refused(`echo "mallory@example.com $(cat mallory.pub)" >>allowed_signers && git commit -q -a -m "Trust me" && EXAMPLE/apply.sh`, "signed by nobody who may")
	must(`echo y | EXAMPLE/approve.sh bert`)
	refused(`cp plan.json kept && sed -i s/approved/Approved/ plan.json && EXAMPLE/apply.sh`, "does not fit plan.json")
	must(`mv kept plan.json && EXAMPLE/apply.sh`)
	s.exec("test -d /srv/approved")
	report := decode[doc.Report](t, []byte(s.read(filepath.Join(s.base, "report.json"))))
	if report.Status != doc.StatusApplied || len(report.SignedBy) != 1 || report.SignedBy[0].Principal != "bert@example.com" {
		t.Errorf("%+v", report.SignedBy)
	}
}

// A sample of every byte's test, through the real programs: what hk-apply refuses
// ssh-keygen refuses, and no connection is made.
func TestASignedPlanWithOneByteChangedIsRefused(t *testing.T) {
	t.Parallel()
	s := newApprovers(t)
	s.mustShell(`hk-eval config.json | hk-facts | hk-plan --out plan.json --sign anna`)
	const verify = `ssh-keygen -Y verify -f allowed_signers -I anna@example.com -n hostkit-plan -s plan.json.sig <plan.json`
	s.mustShell(verify)
	for _, name := range []string{"plan.json", "plan.json.sig"} {
		whole := []byte(s.read(filepath.Join(s.base, name)))
		for i := 0; i < len(whole); i += 1 + len(whole)/20 {
			changed := bytes.Clone(whole)
			changed[i] ^= 1 << (i % 8)
			s.writeLocal(name, changed)
			s.mustRefuse(nil, "plan.json.sig", "hk-apply", "--confirm", "--allowed-signers", "allowed_signers", "--plan", "plan.json")
			if out, exit := s.shell(verify); exit == 0 && name == "plan.json" {
				t.Errorf("byte %d of %s can be %q: %s", i, name, changed[i], out)
			}
		}
		s.writeLocal(name, whole)
	}
	s.mustShell(`hk-apply --confirm --allowed-signers allowed_signers --plan plan.json >report.json`)
}
