package e2e

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// webService is what examples/triggers.json wants of a host.
func webService(t *testing.T) object {
	t.Helper()
	raw, err := os.ReadFile("../../examples/triggers.json")
	if err != nil {
		t.Fatal(err)
	}
	var config struct{ Services map[string]object }
	if err := json.Unmarshal(raw, &config); err != nil {
		t.Fatal(err)
	}
	return config.Services["web"]
}

// The example, with the real nginx and Debian's service: what is installed and does
// not run is left so, what runs is reloaded by its own process, and a setting that
// nginx refuses is not loaded.
func TestTheExampleReloadsNginx(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{})
	wants := webService(t)
	files := wants["files"].(map[string]any)
	set := func(content string) {
		files["/etc/nginx/conf.d/tokens.conf"].(map[string]any)["content"] = content
	}
	// The way back takes nginx away, with the program that tests its settings and the
	// service: there is nothing to do then, on the second try neither.
	up, _ := s.reported(s.plan(wants))
	back := s.down(up)
	report := s.applied(back)
	for _, c := range report.Changes[len(report.Changes)-2:] {
		if c.Kind != "trigger" || c.Status != doc.ChangeDone || !strings.Contains(c.Message, " no more, since the plan removes package:") {
			t.Errorf("%+v", c)
		}
	}
	if o, report := s.apply(back); o.exit != 0 || report.Status != doc.StatusNothingToDo {
		t.Errorf("a second time\n%s", o)
	}

	report = s.applied(s.plan(wants))
	reload := report.Changes[len(report.Changes)-1]
	if reload.Address != "trigger:reload nginx" || reload.Status != doc.ChangeDone ||
		reload.Message != "nginx does not run (stopped), so there was nothing to reload" {
		t.Errorf("%+v", reload)
	}
	s.mustHaveNoChange(wants)

	// Hosts of the lab share their addresses: it listens on none.
	s.exec("rm /etc/nginx/sites-enabled/default; service nginx start")
	// It has answered before it has begun its workers.
	worker := strings.TrimSpace(s.exec(`timeout 60 sh -c 'until ps --ppid "$(cat /run/nginx.pid)" -o pid=; do sleep 0.1; done' | head -n 1`))
	set("server_tokens on;\n")
	p := s.plan(wants)
	if got, want := changesOf(p), []string{
		"update file:/etc/nginx/conf.d/tokens.conf drift",
		"run trigger:test nginx called for by file:/etc/nginx/conf.d/tokens.conf",
		"run trigger:reload nginx called for by file:/etc/nginx/conf.d/tokens.conf",
	}; !slices.Equal(got, want) {
		t.Errorf("the plan has %q, want %q", got, want)
	}
	s.applied(p)
	// A worker of before the reload ends.
	s.exec(`timeout 60 tail --pid="$1" -f /dev/null`, worker)
	s.mustHaveNoChange(wants)

	set("server_tokens perhaps;\n")
	p = s.plan(wants)
	s.mustFail(p, []string{
		"file:/etc/nginx/conf.d/tokens.conf done", "trigger:test nginx failed", "trigger:reload nginx not_reached",
	}, "trigger:test nginx and 1 more stay called for", "invalid value")
	set("server_tokens off;\n")
	p = s.plan(wants)
	if got := changesOf(p); len(got) != 3 || !strings.HasSuffix(got[2], ", and pending since an earlier run") {
		t.Errorf("the plan has %q", got)
	}
	s.applied(p)
	s.mustHaveNoChange(wants)
}
