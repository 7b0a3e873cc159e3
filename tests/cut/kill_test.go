package cut

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// killing is one way to end what works.
type killing struct {
	name string
	// do ends something while the gate holds a tool of the host. It returns false
	// where nobody is left to let the gate go on.
	do func(t *testing.T, k *kill) bool
}

// kill is a host that is held in the middle of a run.
type kill struct {
	host  *lab.Host
	gate  *gate
	first *running
	// tool and parent are the processes held, as the host counts them.
	tool, parent int
}

var killings = []killing{
	{"hk-apply", func(t *testing.T, k *kill) bool {
		k.first.kill(t)
		return true
	}},
	{"the remote shell", func(t *testing.T, k *kill) bool {
		k.exec(t, `
			pid=$1
			while read -r stat <"/proc/$pid/stat" && stat=${stat##*) } && stat=${stat#? } && parent=${stat%% *}; do
				read -r comm <"/proc/$parent/comm"
				[ "$comm" != sshd ] || break
				pid=$parent
			done
			kill -9 "$pid"`, k.tool)
		return true
	}},
	{"the tool", func(t *testing.T, k *kill) bool {
		k.exec(t, `kill -9 "$1"`, k.tool)
		return false
	}},
	{"the tool and who called it", func(t *testing.T, k *kill) bool {
		k.exec(t, `kill -9 "$2" "$1"`, k.tool, k.parent)
		return false
	}},
	{"the host", func(t *testing.T, k *kill) bool {
		if err := k.host.Restart(t.Context()); err != nil {
			t.Error(err)
		}
		return false
	}},
}

func (k *kill) exec(t *testing.T, script string, pids ...int) {
	t.Helper()
	argv := []string{"/bin/sh", "-euc", script, "sh"}
	for _, pid := range pids {
		argv = append(argv, strconv.Itoa(pid))
	}
	if _, err := k.host.Exec(t.Context(), argv...); err != nil {
		t.Error(err)
	}
}

// hk-apply, the shell on the host, a tool of a step and the host itself are killed
// at moments within the steps, dpkg's among them. What the report says is so, and
// the same plan applied again ends in what an uncut run leaves.
func TestKilledAnywhere(t *testing.T) {
	g := prepared(t)
	random := chance(t, 1)
	var cases []func()
	for _, killing := range killings {
		for range number(t, "HOSTKIT_KILLS", 4) {
			at := 1 + random.IntN(g.calls)
			cases = append(cases, func() {
				t.Run(fmt.Sprintf("%s at call %d", killing.name, at), func(t *testing.T) { g.kill(t, killing, at) })
			})
		}
	}
	inParallel(cases)
}

func (g *ground) kill(t *testing.T, killing killing, at int) {
	k := kill{host: g.copyOf(t, 0)}
	k.gate = newGate(t, k.host, "tool", at)
	k.first = g.apply(t, g.way(t, k.host))
	open, calls := true, []byte(nil)
	select {
	case pids := <-k.gate.held:
		calls, _ = k.host.ReadFile("/run/gate/calls")
		k.tool, k.parent = pids[0], pids[1]
		open = killing.do(t, &k)
	case <-k.first.ended:
	}
	switch {
	case open:
		k.gate.open(t)
	case killing.name != "the host":
		k.gate.forget(t)
	}
	first := k.first.wait(t)
	lines := strings.Split(strings.TrimSpace(string(calls)), "\n")
	story := fmt.Sprintf("killed at: %s\nfirst: %s", lines[len(lines)-1], first)
	if first.stdout != "" {
		g.mustBeTrue(t, first.report(t), g.look(t, k.host), story)
	}
	g.again(t, k.host, story)
}

// again applies the plan to a host on which it was begun, and compares the host
// with what an uncut run leaves.
func (g *ground) again(t *testing.T, host *lab.Host, story string) {
	t.Helper()
	o := g.apply(t, g.way(t, host), "--wait", "1m").wait(t)
	if problem := g.wentThrough(t, o); problem != "" {
		t.Errorf("applied again: %s\n%s\n%s", problem, o, story)
		return
	}
	if differences := g.after.compare(without(g.look(t, host), gatePrefix)); differences != nil {
		t.Errorf("the host is not what an uncut run leaves:\n%s\n%s\n%s", strings.Join(differences, "\n"), o, story)
	}
}

// mustBeTrue looks whether a report says what is so on the host.
func (g *ground) mustBeTrue(t *testing.T, report doc.Report, now state, story string) {
	t.Helper()
	for _, c := range report.Changes {
		name := c.Address.Name()
		if c.Kind == "package" {
			name = "package:" + name + ":all"
		}
		should := map[doc.ChangeStatus]state{
			doc.ChangeDone: g.after, doc.ChangeAlready: g.after,
			doc.ChangeNotReached: g.before, doc.ChangeSkipped: g.before,
		}[c.Status]
		if should != nil && now[name] != should[name] {
			t.Errorf("the report says that %s is %s, and it is %s, not %s\n%s",
				c.Address, c.Status, or(now[name], "absent"), or(should[name], "absent"), story)
		}
	}
}
