package apply_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"hostkit/pkg/apply"
	"hostkit/pkg/doc"
	"hostkit/pkg/facts"
	"hostkit/pkg/resource"
	"hostkit/pkg/shell"
	"hostkit/pkg/transport"
)

// local opens a session on this machine.
type local struct {
	*shell.Session
	conn *transport.Conn
}

func (l local) HostKey() *doc.HostKey { return nil }
func (l local) Server() *doc.SSHFacts { return nil }
func (l local) Close() error          { return errors.Join(l.Session.Close(), l.conn.Close()) }

func (l local) Beside(ctx context.Context) (*shell.Session, error) {
	stream, err := l.conn.Shell(ctx, transport.Privilege{})
	if err != nil {
		return nil, err
	}
	return shell.NewSession(ctx, stream)
}

func openLocal(ctx context.Context) (facts.Host, error) {
	conn, err := transport.Connect(ctx, transport.Target{Local: true}, transport.Options{})
	if err != nil {
		return nil, err
	}
	stream, err := conn.Shell(ctx, transport.Privilege{})
	if err != nil {
		return nil, err
	}
	session, err := shell.NewSession(ctx, stream)
	return local{session, conn}, err
}

// here is this machine as a plan names it.
func here(t *testing.T) doc.Target {
	t.Helper()
	host, err := openLocal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	f, err := facts.Observe(t.Context(), host, nil, nil, facts.More{})
	if err != nil {
		t.Fatal(err)
	}
	return doc.Target{
		Identity: f.Identity, OS: doc.TargetOS{ID: f.OS.ID, VersionID: f.OS.VersionID},
		PackageManager: f.PackageManager, PackageRepository: f.PackageRepository,
	}
}

// planFor makes a plan of changes "name before after [depends on]" below dir.
func planFor(t *testing.T, dir string, lines ...string) doc.Plan {
	t.Helper()
	p := doc.Plan{
		Host: doc.Host{Name: "here"}, Target: here(t),
		// The journal that an earlier test has left behind is another plan's.
		Digest: doc.Digest(fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(dir)))),
	}
	address := func(name string) doc.Address { return doc.NewAddress("note", filepath.Join(dir, name)) }
	for _, l := range lines {
		f := strings.Fields(l)
		before := strings.Trim(f[1], "-")
		c := doc.Change{Address: address(f[0]), Kind: "note", Action: doc.Update, Before: state(before), After: state(f[2])}
		for _, name := range f[3:] {
			c.DependsOn = append(c.DependsOn, doc.Dependency{Address: address(name)})
		}
		p.Changes = append(p.Changes, c)
	}
	return p
}

func optionsFor(t *testing.T) apply.Options {
	t.Helper()
	// The machine's journal is one too, and another test may have been cut off.
	if err := os.Remove(filepath.Join(stateFolder(t), "journal")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return apply.Options{
		Kinds:   []resource.Kind{note{}},
		Connect: func(ctx context.Context, _ doc.Plan) (facts.Host, error) { return openLocal(ctx) },
		Now:     func() time.Time { return time.Date(2026, 11, 22, 20, 40, 35, 0, time.UTC) },
		// Tests share a machine, whose lock is one.
		RunFolder: filepath.Join(t.TempDir(), "run"),
	}
}

// fates shows a report as "name status [message]".
func fates(r doc.Report) []string {
	var shown []string
	for _, c := range r.Changes {
		line := filepath.Base(c.Address.Name()) + " " + string(c.Status)
		if c.Message != "" {
			line += " " + c.Message[strings.LastIndex(c.Message, "/")+1:]
		}
		shown = append(shown, line)
	}
	return shown
}

func TestApply(t *testing.T) {
	for name, test := range map[string]struct {
		there    map[string]string
		plan     []string
		change   func(*doc.Plan, *apply.Options)
		status   doc.HostStatus
		exit     int
		message  string
		hint     string
		want     []string
		stale    string
		log      string
		verified bool
	}{
		"changes are made along the graph": {
			plan:   []string{"a - 1", "b - 2", "c - 3 a"},
			status: doc.StatusApplied, want: []string{"a done", "b done", "c done"}, log: "1\n2\n3\n", verified: true,
		},
		"an empty plan only looks at the host": {
			status: doc.StatusNothingToDo, verified: true,
		},
		"what is made already is left alone": {
			there: map[string]string{"a": "1"}, plan: []string{"a - 1", "b - 2 a"},
			status: doc.StatusApplied, want: []string{"a already", "b done"}, log: "2\n", verified: true,
		},
		"all made already": {
			there: map[string]string{"a": "1"}, plan: []string{"a - 1"},
			status: doc.StatusNothingToDo, want: []string{"a already"}, verified: true,
		},
		"moved on since the plan": {
			there: map[string]string{"b": "someone's"}, plan: []string{"a - 1", "b - 2"},
			status: doc.StatusStale, exit: 5, message: "b; nothing was changed", want: []string{"a not_reached", "b not_reached"},
		},
		"another machine": {
			plan: []string{"a - 1"}, change: func(p *doc.Plan, _ *apply.Options) { p.Target.Identity.Arch = "vax" },
			status: doc.StatusStale, exit: 5, message: "identity.arch", want: []string{"a not_reached"},
		},
		"a dry run": {
			there: map[string]string{"a": "1"}, plan: []string{"a - 1", "b - 2"},
			change: func(_ *doc.Plan, o *apply.Options) { o.DryRun = true },
			status: doc.StatusDryRun, want: []string{"a already", "b would_change"},
		},
		"a failure stops what comes after": {
			plan:   []string{"a - boom", "b - 2", "c - 3 b"},
			status: doc.StatusFailed, exit: 1, message: "no space left on device",
			want: []string{"a failed no space left on device", "b done", "c not_reached"}, log: "2\n",
		},
		"a failure of many is told once": {
			plan:   []string{"a - boom", "b - boom", "c - boom", "d - boom", "e - boom", "f - forbidden"},
			status: doc.StatusFailed, exit: 1,
			message: "/c, 2 more: no space left on device; note:",
			want: []string{
				"a failed no space left on device", "b failed no space left on device", "c failed no space left on device",
				"d failed no space left on device", "e failed no space left on device", "f failed Permission denied",
			},
		},
		"what a host forbids": {
			plan:   []string{"a - forbidden"},
			status: doc.StatusFailed, exit: 1, message: "Permission denied", hint: "set sudo for the host (or give --sudo)",
			want: []string{"a failed Permission denied"},
		},
		// It was once told to set sudo, which the flag had.
		"what a host forbids root": {
			plan: []string{"a - forbidden"},
			change: func(_ *doc.Plan, o *apply.Options) {
				o.Override = func(h *doc.Host) { h.Sudo.On = true }
			},
			status: doc.StatusFailed, exit: 1, message: "Permission denied", hint: "mend the cause",
			want: []string{"a failed Permission denied"},
		},
		"a failure stops only its dependants": {
			plan:   []string{"a - boom", "b - 2", "c - 3 b", "d - 4 a"},
			change: func(_ *doc.Plan, o *apply.Options) { o.KeepGoing = true },
			status: doc.StatusFailed, exit: 1, message: "2 of 4 changes are done",
			want: []string{"a failed no space left on device", "b done", "c done", "d skipped a failed, on which it depends"}, log: "2\n3\n",
		},
		"a failure stops what a way back makes in one transaction": {
			plan: []string{"a - boom", "b - 2", "c - 3 b", "t1 - 4 b", "t2 - 5 a", "t3 - 6 b", "u1 - 7 a", "u2 - 8 b"},
			change: func(p *doc.Plan, o *apply.Options) {
				o.KeepGoing, o.Kinds, p.Tool = true, []resource.Kind{joined{}}, "hk-down 1.0.0"
			},
			status: doc.StatusFailed, exit: 1, message: "3 of 8 changes are done",
			want: []string{
				"a failed no space left on device", "b done", "c done", "t1 skipped t2, which is skipped",
				"t2 skipped a failed, on which it depends", "t3 skipped t2, which is skipped",
				"u1 skipped a failed, on which it depends", "u2 done",
			},
			log: "2\n3\n8\n",
		},
		"whether something is brought is not known before": {
			plan: []string{"a - 1", "b - 2 a"},
			change: func(p *doc.Plan, o *apply.Options) {
				o.DryRun, p.Changes[1].Lacks = true, []string{"user:deploy"}
			},
			status: doc.StatusDryRun,
			want:   []string{"a would_change", "b would_change a brings user:deploy is not known"},
		},
		"what was to be brought may be why it failed": {
			plan:   []string{"a - 1", "b - boom a"},
			change: func(p *doc.Plan, _ *apply.Options) { p.Changes[1].Lacks = []string{"user:deploy"} },
			status: doc.StatusFailed, exit: 1, message: "no space left on device",
			hint: "/a may not have brought user:deploy: make a new plan",
			want: []string{"a done", "b failed no space left on device"}, log: "1\n",
		},
		"what was promised is verified": {
			plan:   []string{"a - liar"},
			status: doc.StatusFailed, exit: 1, message: "not what the plan promised",
			want: []string{`a failed verified as {"line":"truth"}, not as the plan promised`}, log: "truth\n",
		},
		"a preview can refuse": {
			plan:   []string{"a - never", "b - 2"},
			status: doc.StatusFailed, exit: 1, message: "it would never do; nothing was changed", want: []string{"a not_reached", "b not_reached"},
		},
		"a late preview fails its changes": {
			plan:   []string{"a - 1", "b - never a"},
			status: doc.StatusFailed, exit: 1, message: "it would never do", want: []string{"a done", "b failed it would never do"}, log: "1\n",
		},
		// They once were "not reached", although the host may have made them.
		"what was sent and not answered": {
			plan:   []string{"z - 0", "a - cut z", "b - 2 z", "c - 3 a"},
			status: doc.StatusFailed, exit: 1, message: "1 of 4 changes are done",
			want: []string{
				"z done", "a unknown it was sent, and no answer came", "b unknown it was sent, and no answer came", "c not_reached",
			},
			log: "0\n",
		},
		"a kind that forgets a change": {
			plan:   []string{"a - forgotten"},
			status: doc.StatusFailed, exit: 1, message: "internal error: the kind note has 0 steps",
			want: []string{"a failed a"},
		},
		"a kind that is not known": {
			plan: []string{"a - 1"}, change: func(p *doc.Plan, _ *apply.Options) { p.Changes[0].Kind = "what" },
			status: doc.StatusFailed, exit: 3, message: "knows no kind what", want: []string{"a not_reached"},
		},
		"a host that is down": {
			plan: []string{"a - 1"},
			change: func(_ *doc.Plan, o *apply.Options) {
				o.Connect = func(context.Context, doc.Plan) (facts.Host, error) {
					return nil, &transport.PhaseError{Phase: "connect", Err: errors.New("refused")}
				}
			},
			status: doc.StatusUnreachable, exit: 4, message: "refused", want: []string{"a not_reached"},
		},
		// It was once reported as failed, without the two keys.
		"a host with another key": {
			plan: []string{"a - 1"},
			change: func(_ *doc.Plan, o *apply.Options) {
				o.Connect = func(context.Context, doc.Plan) (facts.Host, error) {
					return nil, &transport.PinnedHostKeyError{
						Want: doc.HostKey{Type: "ssh-ed25519", Fingerprint: "SHA256:planned"}, Presented: &doc.HostKey{Type: "ssh-ed25519", Fingerprint: "SHA256:found"},
					}
				}
			},
			status: doc.StatusStale, exit: 5, message: "is not the plan's", want: []string{"a not_reached"},
			stale: `identity.host_key "ssh-ed25519 SHA256:planned" "ssh-ed25519 SHA256:found"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range test.there {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			p, o := planFor(t, dir, test.plan...), optionsFor(t)
			if test.change != nil {
				test.change(&p, &o)
			}
			r := apply.Apply(t.Context(), p, o)
			if r.Status != test.status || r.Verified != test.verified {
				t.Errorf("status %s, verified %t: %+v", r.Status, r.Verified, r.Error)
			}
			if exit := exitOf(r); exit != test.exit {
				t.Errorf("exit %d, want %d: %+v", exit, test.exit, r.Error)
			}
			if r.Error != nil && !strings.Contains(r.Error.Message, test.message) {
				t.Errorf("message %q lacks %q", r.Error.Message, test.message)
			}
			if r.Error != nil && !strings.Contains(r.Error.Hint, test.hint) {
				t.Errorf("hint %q lacks %q", r.Error.Hint, test.hint)
			}
			if diff := cmp.Diff(test.want, fates(r)); diff != "" {
				t.Error(diff)
			}
			if test.stale != "" && (len(r.Stale) != 1 || r.Stale[0].What+" "+string(r.Stale[0].Planned)+" "+string(r.Stale[0].Found) != test.stale) {
				t.Errorf("stale is %s, want %s", r.Stale, test.stale)
			}
			if log, _ := os.ReadFile(filepath.Join(dir, "log")); string(log) != test.log {
				t.Errorf("the host was written %q, want %q", log, test.log)
			}
		})
	}
}

func exitOf(r doc.Report) int {
	if r.Error == nil {
		return 0
	}
	return r.Error.Exit
}

func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	p, o := planFor(t, dir, "a - 1", "b - 2 a"), optionsFor(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	o.Emit = func(e doc.Event) {
		if e.Type == doc.EventChangeFinished {
			cancel(errors.New("a person pressed ctrl-c"))
		}
	}
	r := apply.Apply(ctx, p, o)
	if r.Status != doc.StatusInterrupted || exitOf(r) != 130 {
		t.Errorf("status %s, error %+v", r.Status, r.Error)
	}
	if diff := cmp.Diff([]string{"a done", "b not_reached"}, fates(r)); diff != "" {
		t.Error(diff)
	}
}

func TestEvents(t *testing.T) {
	var got []string
	p, o := planFor(t, t.TempDir(), "a - 1"), optionsFor(t)
	o.Emit = func(e doc.Event) { got = append(got, string(e.Type)+" "+e.Status+e.At[10:]) }
	apply.Apply(t.Context(), p, o)
	want := []string{
		"host_started T20:40:35.000Z", "change_started T20:40:35.000Z",
		"change_finished doneT20:40:35.000Z", "host_finished appliedT20:40:35.000Z",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A large plan is sent in flights that the design bounds, and nothing is left
// running.
func TestNothingIsLeft(t *testing.T) {
	defer goleak.VerifyNone(t)
	var lines []string
	for i := range 600 {
		lines = append(lines, "n"+string(rune('a'+i%26))+strings.Repeat("x", i/26)+" - 1")
	}
	r := apply.Apply(t.Context(), planFor(t, t.TempDir(), lines...), optionsFor(t))
	if r.Status != doc.StatusApplied || !r.Verified {
		t.Errorf("%s: %+v", r.Status, r.Error)
	}
}
