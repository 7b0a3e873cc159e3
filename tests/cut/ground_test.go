package cut

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/pkg/transport/relay"
	"hostkit/tests/archive"
	"hostkit/tests/lab"
)

// ground is what all cuts start from: a host that was prepared and killed, of
// which each cut gets a copy, a plan for it, and what an uncut run leaves.
type ground struct {
	original *lab.Host
	// base is the folder of the config, in which the commands run.
	base string
	plan doc.Plan
	// wanted is the host document that the plan was made from, without facts.
	wanted []byte
	// before and after are a copy that nothing and one that everything was done to.
	before, after state
	// steps is how often the receiver of an uncut run asks for a step, and calls how
	// often its scripts call a tool.
	steps, calls int
	// toServer and toClient are the bytes of an uncut run.
	toServer, toClient int64
}

const planFile = "plan.json"

var shared struct {
	once sync.Once
	*ground
	folder string
}

// prepared is the ground, made by the first who asks.
func prepared(t *testing.T) *ground {
	t.Helper()
	lab.Require(t)
	shared.once.Do(func() {
		var err error
		if shared.folder, err = os.MkdirTemp("", "hostkit-cut-"); err != nil {
			t.Fatal(err)
		}
		g := &ground{base: shared.folder}
		shared.ground = g
		g.prepare(t)
	})
	if shared.ground == nil || shared.after == nil {
		t.Fatal("the ground could not be prepared: see the test that came first")
	}
	return shared.ground
}

func removeGround() error {
	var err error
	if shared.ground != nil && shared.original != nil {
		err = shared.original.Stop()
	}
	if shared.folder != "" {
		err = errors.Join(err, os.RemoveAll(shared.folder))
	}
	return err
}

func (g *ground) prepare(t *testing.T) {
	t.Helper()
	files, err := archive.Files()
	if err != nil {
		t.Fatal(err)
	}
	// It outlives the test that makes it.
	g.original, err = lab.Start(context.Background(), lab.Options{
		NoIndex: true, Users: []lab.User{{Name: "ben"}},
		Files: append(files[:len(files):len(files)], lab.File{Path: "/etc/apt/sources.list", Content: archive.Source}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := g.original.Exec(t.Context(), "/bin/sh", "-euc", before); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(g.base, largeFile), large(), 0o600); err != nil {
		t.Fatal(err)
	}
	w := g.way(t, g.original)
	g.wanted = g.document(t, wants())
	facts := g.must(t, g.wanted, "hk-facts", w.flags()...)
	raw := g.must(t, facts, "hk-plan")
	w.relay.Close()
	if err := json.Unmarshal(raw, &g.plan); err != nil {
		t.Fatal(err)
	}
	if len(g.plan.Changes) < 40 {
		t.Fatalf("the plan has %d changes, and 40 are wanted", len(g.plan.Changes))
	}
	if err := os.WriteFile(filepath.Join(g.base, planFile), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := g.original.Kill(); err != nil {
		t.Fatal(err)
	}
	g.measure(t)
}

// document is the host document of a service.
func (g *ground) document(t testing.TB, service object) []byte {
	t.Helper()
	config, err := json.Marshal(object{
		"schema": "hostkit.config/v1", "project": "cut",
		"hosts": object{"server": object{"hostname": "127.0.0.1", "user": "root", "ssh": object{
			"host_key": g.original.Fingerprint(), "identity_file": g.original.Identity, "use_config": false, "use_agent": false,
		}}},
		"services": object{"all": service},
	})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(g.base, "config.json")
	if err := os.WriteFile(name, config, 0o600); err != nil {
		t.Fatal(err)
	}
	return g.must(t, nil, "hk-eval", name)
}

// measure makes an uncut run, and counts its bytes and steps.
func (g *ground) measure(t *testing.T) {
	t.Helper()
	host := g.copyOf(t, 0)
	g.before = g.look(t, host)
	gate := newGate(t, host, "step", 0)
	w := g.way(t, host)
	g.mustApply(t, w)
	g.toServer, g.toClient = w.relay.Passed()
	g.steps = gate.count(t)
	gate.remove(t)
	after := g.look(t, host)

	host = g.copyOf(t, 0)
	gate = newGate(t, host, "tool", 0)
	g.mustApply(t, g.way(t, host))
	g.calls = gate.count(t)
	gate.remove(t)
	if differences := after.compare(g.look(t, host)); differences != nil {
		t.Fatalf("two uncut runs differ:\n%s", strings.Join(differences, "\n"))
	}
	g.after = after
	t.Logf("%d changes, %d steps, %d calls of tools, %d bytes there and %d back",
		len(g.plan.Changes), g.steps, g.calls, g.toServer, g.toClient)
}

// copyOf starts a copy of the prepared host for one cut.
func (g *ground) copyOf(t *testing.T, diskSize int64) *lab.Host {
	t.Helper()
	host, err := g.original.Copy(t.Context(), diskSize)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := host.Stop(); err != nil {
			t.Error(err)
		}
	})
	return host
}

// way is a way to a host through a relay that can break.
type way struct {
	relay *relay.Relay
	port  string
}

func (g *ground) way(t *testing.T, host *lab.Host) way {
	t.Helper()
	r, err := relay.Start(host.Addr(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	_, port, err := net.SplitHostPort(r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	return way{r, port}
}

func (w way) flags(more ...string) []string { return append([]string{"--port", w.port}, more...) }

// mustApply applies the plan, which must go through and hold.
func (g *ground) mustApply(t *testing.T, w way) {
	t.Helper()
	o := g.apply(t, w).wait(t)
	if problem := g.wentThrough(t, o); problem != "" {
		t.Fatalf("%s\n%s", problem, o)
	}
}

// mustWantNothing makes a second plan, which must be empty.
func (g *ground) mustWantNothing(t *testing.T, host *lab.Host, document []byte) {
	t.Helper()
	var second doc.Plan
	raw := g.must(t, g.must(t, document, "hk-facts", g.way(t, host).flags()...), "hk-plan")
	if err := json.Unmarshal(raw, &second); err != nil {
		t.Fatal(err)
	}
	for _, c := range second.Changes {
		t.Errorf("the second plan is not empty: %s %s, %s", c.Action, c.Address, c.Reason)
	}
}

// wentThrough says what is wrong with the outcome of an apply that had to succeed.
func (g *ground) wentThrough(t testing.TB, o outcome) string {
	t.Helper()
	if o.exit != 0 {
		return fmt.Sprintf("exit status %d", o.exit)
	}
	report := o.report(t)
	if report.Status != doc.StatusApplied && report.Status != doc.StatusNothingToDo || !report.Verified {
		return fmt.Sprintf("%s, verified: %v", report.Status, report.Verified)
	}
	return ""
}
