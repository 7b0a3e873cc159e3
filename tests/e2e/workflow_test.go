package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-jsonnet"

	"hostkit/pkg/doc"
)

// workflow is a workflow of GitHub Actions, as far as the example has it.
type workflow struct {
	Defaults struct {
		Run struct {
			Shell string `json:"shell"`
		} `json:"run"`
	} `json:"defaults"`
	Jobs map[string]workflowJob `json:"jobs"`
}

type workflowJob struct {
	If    string            `json:"if"`
	Env   map[string]string `json:"env"`
	Steps []workflowStep    `json:"steps"`
}

type workflowStep struct {
	Uses string `json:"uses"`
	Run  string `json:"run"`
	If   string `json:"if"`
	With struct {
		Name string `json:"name"`
		Path string `json:"path"`
	} `json:"with"`
}

func readWorkflow(t *testing.T, file string) workflow {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonnet.MakeVM().EvaluateAnonymousSnippet(file, "std.parseYaml("+string(quoted)+")")
	if err != nil {
		t.Fatal(err)
	}
	return decode[workflow](t, []byte(parsed))
}

// runner does a job's steps in a checkout of the repository, as a runner would.
type runner struct {
	*site
	workflow workflow
}

// job returns what the job has said, and the exit status of the first step that
// failed. Behind that only steps are done that are done always. What is uploaded
// comes to the folder artifacts/, under its name.
func (r runner) job(name string) (out string, status int) {
	r.Helper()
	job, found := r.workflow.Jobs[name]
	if !found || r.workflow.Defaults.Run.Shell != "bash" {
		r.Fatalf("%+v has no job %s, or another shell", r.workflow, name)
	}
	for _, step := range job.Steps {
		if status != 0 && step.If != "always()" {
			continue
		}
		script := ""
		switch action, _, _ := strings.Cut(step.Uses, "@"); action {
		case "":
			// What GitHub makes of `shell: bash`. The list is where this runner has it.
			r.writeLocal("step.sh", []byte(step.Run))
			script = `cd work && GITHUB_STEP_SUMMARY=../summary ALLOWED_SIGNERS=../allowed_signers bash --noprofile --norc -eo pipefail ../step.sh`
		case "actions/checkout":
			script = `rm -rf work && git clone -q repository work`
		case "actions/upload-artifact":
			script = `mkdir -p artifacts/` + step.With.Name + ` && cp work/` + step.With.Path + ` artifacts/` + step.With.Name
		default:
			r.Fatalf("the test knows no action %s", step.Uses)
		}
		said, exit := r.shell(script)
		out += said
		if status == 0 {
			status = exit
		}
	}
	return out, status
}

// The example's workflow, job by job: a change is planned from the lock, signed, and
// applied once merged; unsigned, or on a host that has moved, it is not.
func TestTheExampleOfAWorkflowWorks(t *testing.T) {
	t.Parallel()
	s := newApprovers(t)
	example, err := filepath.Abs("../../examples/approval")
	if err != nil {
		t.Fatal(err)
	}
	r := runner{s, readWorkflow(t, filepath.Join(example, "workflow.yml"))}
	if r.workflow.Jobs["plan"].If == "" || r.workflow.Jobs["apply"].If == "" || r.workflow.Jobs["apply"].Env["ALLOWED_SIGNERS"] == "" {
		t.Fatalf("%+v", r.workflow)
	}
	change := func(folder string) {
		t.Helper()
		s.writeLocal("config.json", s.config(object{"packages": []string{"ca_certificates"}, "directories": object{folder: object{}}}))
		s.mustShell(`cp config.json repository/ && cd repository && git add -A && git commit -q -m "Change"`)
	}
	approve := `cd repository && cp ../artifacts/plan/plan.json . && echo y | ./approve.sh ../anna`

	s.mustShell(`mkdir repository && cp ` + example + `/*.sh repository/; cd repository && git init -q -b main`)
	change("/srv/first")
	if out, status := r.job("plan"); status != 3 || !strings.Contains(out, "host_kit.package.lock") {
		t.Errorf("without a lock: exit status %d\n%s", status, out)
	}
	s.mustShell(`cd repository && hk-eval config.json | hk-resolve --repository debian_12 --write-package-lock host_kit.package.lock >/dev/null &&
		git add -A && git commit -q -m "Lock"`)
	must := func(job string) {
		t.Helper()
		if out, status := r.job(job); status != 0 {
			t.Fatalf("job %s: exit status %d\n%s", job, status, out)
		}
	}
	must("plan")
	if out, status := r.job("apply"); status == 0 {
		t.Errorf("unsigned it applies\n%s", out)
	}
	s.mustShell(approve)
	must("apply")
	s.exec("test -d /srv/first")
	report := decode[doc.Report](t, []byte(s.read(filepath.Join(s.base, "artifacts/report/report.json"))))
	if report.Status != doc.StatusApplied || len(report.SignedBy) != 1 || report.SignedBy[0].Principal != "anna@example.com" {
		t.Errorf("%+v", report)
	}
	if summary := s.read(filepath.Join(s.base, "summary")); !strings.Contains(summary, "    ") || !strings.Contains(summary, "applied and verified") {
		t.Errorf("the summary is\n%s", summary)
	}

	change("/srv/second")
	must("plan")
	s.mustShell(approve)
	s.exec("echo file >/srv/second")
	if out, status := r.job("apply"); status != 5 {
		t.Errorf("of a host that has moved: exit status %d\n%s", status, out)
	}
	report = decode[doc.Report](t, []byte(s.read(filepath.Join(s.base, "artifacts/report/report.json"))))
	if report.Status != doc.StatusStale {
		t.Errorf("%+v", report)
	}
}
