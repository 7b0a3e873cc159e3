package cut

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The host goes down while dpkg configures a package, and again in the run that
// carries on: the next finishes what dpkg has left, and the acts come once.
func TestRebootedWhileAPackageIsConfigured(t *testing.T) {
	g := prepared(t)
	host := g.copyOf(t, 0)
	document := g.document(t, object{
		"packages":    []any{"hk-slow", "hk-one"},
		"directories": object{"/srv/slow": object{}},
		"triggers": object{
			"slow": object{"run": []string{"/opt/act", "slow"}, "on": []string{"package:hk-slow", "directory:/srv/slow"}},
		},
	})
	plan := filepath.Join(g.base, "slow.json")
	raw := g.must(t, g.must(t, document, "hk-facts", g.way(t, host).flags()...), "hk-plan")
	if err := os.WriteFile(plan, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	apply := func() *running {
		return g.start(t, nil, "hk-apply", g.way(t, host).flags("--confirm", "--plan", plan)...)
	}
	for range 2 {
		g.on(t, host, "mkfifo /run/hk-slow")
		broken := apply()
		awaitReader(t, host.Root()+"run/hk-slow", broken)
		if err := host.Restart(t.Context()); err != nil {
			t.Error(err)
		}
		o := broken.wait(t)
		if report := o.report(t); o.exit != 1 || report.Error == nil || report.Error.Code != "connection_lost" {
			t.Errorf("%s", o)
		}
	}
	o := apply().wait(t)
	if problem := g.wentThrough(t, o); problem != "" {
		t.Fatalf("%s\n%s", problem, o)
	}
	if now := g.look(t, host); !strings.HasSuffix(now["package:hk-slow:all"], " ii") {
		t.Errorf("hk-slow is %q", now["package:hk-slow:all"])
	}
	if done, err := host.ReadFile(acts); err != nil || string(done) != "slow\n" {
		t.Errorf("acts: %q, %v", done, err)
	}
	g.mustWantNothing(t, host, document)
}

// awaitReader returns when somebody reads from a pipe, which the command makes
// happen: to open it for writing waits for that.
func awaitReader(t *testing.T, pipe string, command *running) {
	t.Helper()
	opened := make(chan error, 1)
	go func() {
		f, err := os.OpenFile(pipe, os.O_WRONLY, 0)
		if err == nil {
			t.Cleanup(func() { f.Close() })
		}
		opened <- err
	}()
	select {
	case err := <-opened:
		if err != nil {
			t.Fatal(err)
		}
	case <-command.ended:
		// Nobody will: a reader of our own lets the other go.
		reader, err := os.OpenFile(pipe, os.O_RDWR, 0)
		if err == nil {
			defer reader.Close()
			<-opened
		}
		t.Fatalf("it ended before\n%s", command.wait(t))
	}
}
