package apply

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
	"hostkit/pkg/shell"
)

// How long the fuse of the dead-man switch is where nobody says, and at least.
const (
	defaultRollback  = time.Minute
	shortestRollback = 5 * time.Second
)

// guard is the dead-man switch of a run; guard_program.go says how it works on the
// host. It is armed before anything is changed, and one of three things happens to
// it: a new login disarms it, it is told to fire, or its fuse burns down.
type guard struct {
	// paths are what the switch keeps, parents before what is in them; of whose
	// change each is; and of which of these why the way in stands on it.
	paths []string
	of    map[string]doc.Address
	why   map[doc.Address]string
	// acts are the changes that a guarded change calls for: they are made again when
	// the switch has put something back.
	acts []doc.Change
	// homes are the home folders of this login, as the host tells them.
	homes []string
	// left says that a switch of an earlier run has fired or died, and what it left
	// is to be removed.
	left  bool
	armed bool
	// renewal ends the goroutine that renews the fuse; nil where none does.
	renewal func()
}

// named are the paths, each with why it is guarded.
func (g *guard) named() []string {
	var names []string
	for _, path := range g.paths {
		names = append(names, fmt.Sprintf("%s (%s)", path, g.why[g.of[path]]))
	}
	return names
}

// switchStep is a step of switchTool.
func (r *run) switchStep(name, word string, args ...string) shell.Step {
	return shell.Step{
		Name:   name,
		Script: shell.New(switchTool, append([]string{word, r.options.RunFolder}, args...)...),
	}
}

// fuse is the length of the fuse in seconds.
func (r *run) fuse() string {
	return strconv.Itoa(int(r.options.RollbackAfter / time.Second))
}

// remote reports whether the host is reached by a login at all.
func (r *run) remote() bool { return r.host.HostKey() != nil }

// addHomes asks for what the way in of this login stands on, where a change may be
// about it.
func (r *run) addHomes(b *batch) {
	touches := slices.ContainsFunc(r.plan.Changes, func(c doc.Change) bool {
		_, ok := r.kinds[c.Kind].(resource.Guarded)
		return ok
	})
	if !touches || !r.remote() {
		return
	}
	b.add(r.switchStep("look whose login this is", "homes"), func(result shell.Result) error {
		for home := range bytes.SplitSeq(result.Stdout, []byte{0}) {
			if len(home) > 0 {
				r.guard.homes = append(r.guard.homes, string(home))
			}
		}
		return nil
	})
}

// chooseGuarded finds what of the changes to be made the way in stands on.
func (r *run) chooseGuarded() error {
	if err := r.refuseUprooting(); err != nil {
		return err
	}
	branches := resource.Branches(r.guard.homes)
	r.guard.of = make(map[string]doc.Address)
	r.guard.why = make(map[doc.Address]string)
	for _, c := range r.plan.Changes {
		kind, ok := r.kinds[c.Kind].(resource.Guarded)
		if !ok {
			continue
		}
		paths, err := kind.Touches(c)
		if err != nil {
			return invalid(err)
		}
		for _, path := range append(paths, c.Address.Name()) {
			if why, ok := resource.GuardedBy(branches, path); ok {
				r.guard.why[c.Address] = why
			}
		}
		for _, path := range paths {
			if r.guard.why[c.Address] != "" && r.todo[c.Address] {
				r.guard.of[path] = c.Address
				r.guard.paths = append(r.guard.paths, path)
			}
		}
	}
	slices.Sort(r.guard.paths)
	r.chooseActs()
	return nil
}

// refuseUprooting refuses to remove the very programs that this login needs.
func (r *run) refuseUprooting() error {
	become := ""
	switch {
	case r.plan.Host.Sudo.On:
		become = "sudo"
	case r.plan.Host.Doas.On:
		become = "doas"
	}
	server := ""
	if facts := r.host.Server(); facts != nil {
		server = facts.Server
	}
	for _, c := range r.plan.Changes {
		kind, ok := r.kinds[c.Kind].(resource.Uprooter)
		if !ok || !r.todo[c.Address] || !r.remote() {
			continue
		}
		name, err := kind.Removes(c)
		if err != nil {
			return invalid(err)
		}
		if program := resource.NeededBy(server, become, name); program != "" {
			return &Failure{
				What: "would_cut_off", Status: doc.StatusFailed, exit: 1,
				Message: fmt.Sprintf("%s: this login needs the package %s for %s, and no dead-man switch could bring it back; nothing was changed", c.Address, name, program),
				Advice:  "log in another way first; or apply on the host itself, with \"connection\": \"local\"",
			}
		}
	}
	return nil
}

// chooseActs finds the acts that guarded changes call for.
func (r *run) chooseActs() {
	called := make(map[doc.Address]bool)
	for cause := range r.guard.why {
		for _, act := range r.acts[cause] {
			called[act] = true
		}
	}
	for _, c := range r.plan.Changes {
		if called[c.Address] && r.todo[c.Address] {
			r.guard.acts = append(r.guard.acts, c)
		}
	}
}

// arm starts the switch where a change that is to be made could cut off the way in.
// Where it can't be started, nothing is changed.
func (r *run) arm(ctx context.Context) error {
	if err := r.chooseGuarded(); err != nil || len(r.guard.paths) == 0 {
		return err
	}
	if !r.remote() {
		r.note("no dead-man switch is armed: the connection is local, so there is no login to prove")
		return nil
	}
	var said error
	b, err := r.arming(&said)
	if err != nil {
		return err
	}
	if err := b.run(ctx, r.host, false); said != nil {
		return unarmed(said)
	} else if err != nil {
		return err
	}
	r.guard.armed = true
	r.note(fmt.Sprintf("a dead-man switch is armed: unless a new login works, it puts back %s", listed(r.guard.named())))
	return nil
}

// sayGuarded tells a dry run what it can't know.
func (r *run) sayGuarded() error {
	if err := r.chooseGuarded(); err != nil || len(r.guard.paths) == 0 || !r.remote() {
		return err
	}
	r.note("whether a login still works when it is changed can't be known beforehand, so a dead-man switch would guard " + listed(r.guard.named()))
	return nil
}

// arming is the flight that keeps what is there and starts the switch; said is why
// one of its steps failed, behind which none is made.
func (r *run) arming(said *error) (*batch, error) {
	var b batch
	add := func(step shell.Step, content string) {
		if content != "" {
			step.Content, step.Size = strings.NewReader(content), int64(len(content))
		}
		step.Required = true
		b.add(step, func(result shell.Result) error {
			if result.Status != 0 {
				_, err := plainOutcome(result)
				*said = fmt.Errorf("%s: %w", step.Name, err)
			}
			return nil
		})
	}
	keep := append([]string{string(r.plan.Digest), r.fuse()}, r.guard.paths...)
	add(r.switchStep("keep what the way in stands on", "keep", keep...), "")
	acts := 0
	for _, c := range r.guard.acts {
		works, err := r.kinds[c.Kind].Steps([]doc.Change{c}, r.site())
		if err != nil {
			return nil, invalid(err)
		}
		for _, w := range works {
			acts++
			add(r.switchStep("keep "+string(c.Address), "write", "acts/"+strconv.Itoa(acts)), w.Script.String())
		}
	}
	add(r.switchStep("write the dead-man switch", "write", "program"), shell.New(switchProgram, r.lock.folder+"/switch").Program())
	add(r.switchStep("start the dead-man switch", "arm"), "")
	return &b, nil
}

func unarmed(err error) error {
	return &Failure{
		What: "not_guarded", Status: doc.StatusFailed, exit: 1,
		Message: fmt.Sprintf("the plan changes what this login stands on, and no dead-man switch could be armed: %s; nothing was changed", err),
		Advice:  "mend the cause; or apply on the host itself, with \"connection\": \"local\", where there is no way in to lose",
	}
}
