package connect_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
)

// diagonal is cells that come through, of the first agent: each value of each
// axis that can come through stands in one.
func (f *field) diagonal() []cell {
	seen := map[string]bool{}
	var chosen []cell
	for _, c := range f.cells() {
		values := []string{"login " + c.login.name, "key " + c.situation.name, fmt.Sprint("hops ", c.hops), "as " + c.privilege.name}
		isNew := slices.ContainsFunc(values, func(v string) bool { return !seen[v] })
		if c.refused() != nil || c.login.agent != "one" || !isNew {
			continue
		}
		for _, v := range values {
			seen[v] = true
		}
		chosen = append(chosen, c)
	}
	return chosen
}

// documentsOf are the cells, each with a file to be made in the folder of the
// user that it works as.
func (f *field) documentsOf(cells []cell) (documents []byte, made []string) {
	f.t.Helper()
	hosts, services := object{}, object{}
	for i, c := range cells {
		name := fmt.Sprintf("c%04d.%s", i, c)
		hosts[name] = c.host(f)
		path := private + c.privilege.sees + fmt.Sprintf("/made-%d", i)
		services[fmt.Sprintf("s%d", i)] = object{
			"hosts": []string{name}, "files": object{path: object{"content": c.String() + "\n", "mode": "0600"}},
		}
		made = append(made, path)
	}
	config, err := json.Marshal(object{
		"schema": "hostkit.config/v1", "project": "connect", "hosts": hosts, "services": services,
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return f.must(config, "hk-eval", "-"), made
}

// succeed is the stdout of a login command that must go well.
func (f *field) succeed(stdin []byte, name string, args ...string) []byte {
	f.t.Helper()
	o := f.login(stdin, "one", name, args...)
	if o.exit != 0 {
		f.t.Fatalf("%s", o)
	}
	f.mustKeepSecrets(o)
	return o.stdout
}

func TestWhatFactsReachApplyChanges(t *testing.T) {
	t.Parallel()
	f := newField(t)
	f.prepare()
	cells := f.diagonal()
	t.Logf("%d cells", len(cells))
	documents, made := f.documentsOf(cells)
	plans := f.must(f.succeed(documents, "hk-facts", "--all"), "hk-plan", "--compact")
	before := f.knownHosts()
	// They are all names of one host, which one works on at a time.
	reports := f.succeed(plans, "hk-apply", "--confirm", "--parallel", "8", "--wait", "1m")
	for line := range bytes.Lines(reports) {
		var report doc.Report
		if err := json.Unmarshal(line, &report); err != nil || report.Status != doc.StatusApplied || !report.Verified {
			t.Errorf("%v: %s", err, line)
		}
	}
	for i, c := range cells {
		text, err := f.target.ReadFile(made[i])
		owner, err2 := f.target.Exec(t.Context(), "stat", "-c", "%U", made[i])
		if err != nil || err2 != nil || string(text) != c.String()+"\n" || strings.TrimSpace(string(owner)) != c.privilege.sees {
			t.Errorf("%s made %q of %q: %v, %v", c, text, owner, err, err2)
		}
	}
	again := f.must(f.succeed(documents, "hk-facts", "--all"), "hk-plan", "--compact")
	if n := bytes.Count(again, []byte(`"changes":[]`)); n != len(cells) {
		t.Errorf("%d of %d hosts have nothing left to do:\n%s", n, len(cells), again)
	}
	for path, text := range f.knownHosts() {
		if before[path] != text {
			t.Errorf("hk-apply wrote %s:\n%s", path, text)
		}
	}
}

// What was good when the plan was made may not be when it is applied.
func TestApplyDecidesAnewWhetherToLogIn(t *testing.T) {
	t.Parallel()
	f := newField(t)
	line := f.target.HostKeys()[0].Line
	for name, c := range map[string]struct {
		situation, privilege string
		spoil                func(known string)
		code                 string
	}{
		"forgotten": {"accepted", "root", func(known string) { f.rewrite(known, "") }, "unknown_host_key"},
		"changed":   {"known", "sudo", func(known string) { f.rewrite(known, f.lines("", f.public(f.keys["other-host"]))) }, "changed_host_key"},
		"revoked":   {"hashed", "sudo-as-app", func(known string) { f.rewrite(known, "@revoked * "+line+"\n") }, "revoked_host_key"},
		"revoked though pinned": {
			"pinned", "none", func(known string) { f.rewrite(known, "@revoked * "+line+"\n") }, "revoked_host_key",
		},
		"not in sudoers any more": {"alias", "sudo-password", func(string) { f.remove("/etc/sudoers.d/lab-ben") }, "sudo_not_allowed"},
		"without a doas.conf": {
			"authority", "doas", func(string) { f.remove("/etc/doas.conf") }, "doas_misconfigured",
		},
	} {
		one := cell{login: f.logins[0], hops: 1}
		for _, s := range f.situations() {
			if s.name == c.situation {
				one.situation = s
			}
		}
		for _, p := range f.privileges() {
			if p.name == c.privilege {
				one.privilege = p
			}
		}
		f.prepare()
		documents, made := f.documentsOf([]cell{one})
		plan := f.must(f.succeed(documents, "hk-facts"), "hk-plan")
		c.spoil(one.known(f))
		before := f.knownHosts()
		o := f.login(plan, "one", "hk-apply", "--confirm")
		var report doc.Report
		if err := json.Unmarshal(o.stdout, &report); err != nil || report.Error == nil || report.Error.Code != c.code ||
			o.exit != 4 || report.Status != doc.StatusUnreachable {
			t.Errorf("%s: %v, want %s\n%s", name, err, c.code, o)
		}
		f.mustKeepSecrets(o)
		if _, err := f.target.ReadFile(made[0]); err == nil {
			t.Errorf("%s: %s was made", name, made[0])
		}
		if after := f.knownHosts(); after[one.known(f)] != before[one.known(f)] {
			t.Errorf("%s: hk-apply wrote %s", name, after[one.known(f)])
		}
	}
}

func (f *field) rewrite(path, text string) {
	f.t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

func (f *field) remove(path string) {
	f.t.Helper()
	if _, err := f.target.Exec(f.t.Context(), "rm", path); err != nil {
		f.t.Fatal(err)
	}
}
