package integration

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

//go:embed target.sh
var targetScript string

//go:embed suite
var suite embed.FS

// candidates are small packages of every distribution that nothing depends on. The
// first that the target has not is installed and removed.
var candidates = []string{"tree", "jq", "zip", "lsof"}

// Options say with what the suite is run.
type Options struct {
	// Bin is the folder of the commands.
	Bin string
	// Root is the folder of the sources, which goss is built from.
	Root string
	// Out is told what is done and found, for a person.
	Out io.Writer
}

// run is one run of the suite on one target.
type run struct {
	Options
	target Target
	access *access
	// dir has the run's files on this machine.
	dir string
	// found is what is known of the target; pkg the package that is installed there.
	found map[string]string
	pkg   string
	// noAnsible is why Ansible can't be asked; nil where it can.
	noAnsible error
	// before is what was there before anything of the run's; ground with the run's own
	// folder, before HostKit changes anything; first is what the first apply has left.
	before, ground, first list
}

// errStopped is of a step that Ctrl-C came in.
var errStopped = errors.New("stopped before its end")

// Run takes the target through the suite, and puts everything back however that ends.
func Run(ctx context.Context, t Target, o Options) (err error) {
	dir, err := os.MkdirTemp("", "hk-integration-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := &run{Options: o, target: t, dir: dir}
	if r.access, err = dial(ctx, t, dir); err != nil {
		return err
	}
	defer func() { r.access.close() }()
	if err := r.lookAround(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.putBack(ctx)) }()
	if err := r.claim(ctx); err != nil {
		return err
	}
	for _, s := range steps {
		r.say("\n%s", s.name)
		if err := s.do(r, ctx); err != nil {
			if ctx.Err() != nil {
				err = errStopped
			}
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func (r *run) say(format string, args ...any) { fmt.Fprintf(r.Out, format+"\n", args...) }

// ok says what has been found to be so.
func (r *run) ok(format string, args ...any) { r.say("  ok: "+format, args...) }

// lookAround refuses a target that is not free for the suite, and lists what is there.
func (r *run) lookAround(ctx context.Context) error {
	lacks, there, err := r.look(ctx)
	if err != nil {
		return err
	}
	switch r.found["claim"] {
	case "held":
		return &NoTarget{"another integration run is at work on " + r.target.Name, "wait until it has ended"}
	case "left":
		r.say("a run before this one was cut off: putting back what it has left")
		if _, err := r.access.root(ctx, nil, targetScript, "back"); err != nil {
			return err
		}
		if lacks, there, err = r.look(ctx); err != nil {
			return err
		}
	}
	if len(there) > 0 {
		return &NoTarget{
			r.target.Name + " has " + strings.Join(there, " and ") + " already",
			"take a host that HostKit does not keep: the suite removes these folders when it has ended",
		}
	}
	if r.found["manager"] == "none" || len(lacks) == 0 {
		return &NoTarget{
			fmt.Sprintf("none of %s can be installed on %s", strings.Join(candidates, ", "), r.target.Name),
			"take a host that has a package manager, and lacks one of them",
		}
	}
	r.pkg = lacks[0]
	r.say("target %s: %s, %s, %s, %s", r.target.Name, r.access.byHand(), r.found["os"], r.found["arch"], r.found["manager"])
	if r.before, err = r.access.list(ctx); err != nil {
		return err
	}
	r.ok("it has nothing of ours, and not the package %s; %d packages, paths and contents are listed", r.pkg, len(r.before))
	return nil
}

// look asks the target what it is, which candidates it lacks, and what of ours is there.
func (r *run) look(ctx context.Context) (lacks, there []string, err error) {
	out, err := r.access.root(ctx, nil, `[ "$(id -u)" = 0 ] || { echo "not root: the host's config needs \"sudo\": true" >&2; exit 1; }; `+
		targetScript, append([]string{"look"}, candidates...)...)
	if err != nil {
		return nil, nil, err
	}
	r.found = map[string]string{}
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch key {
		case "lacks":
			lacks = append(lacks, value)
		case "there":
			there = append(there, value)
		default:
			r.found[key] = value
		}
	}
	return lacks, there, nil
}

// claim makes the run's folder on the target, and brings what the checks need.
func (r *run) claim(ctx context.Context) error {
	if _, err := r.access.root(ctx, nil, targetScript, "claim", r.access.pid, r.access.user); err != nil {
		return err
	}
	if err := r.bringGoss(ctx); err != nil {
		return err
	}
	if err := r.tryAnsible(ctx); err != nil {
		return err
	}
	for _, name := range []string{"first.json", "second.json"} {
		text, err := suite.ReadFile("suite/" + name)
		if err != nil {
			return err
		}
		text = []byte(strings.ReplaceAll(string(text), "PACKAGE", r.pkg))
		if err := os.WriteFile(filepath.Join(r.dir, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// putBack takes away all that the run has made, and fails unless the target is then as
// it was found. Ctrl-C does not end it: that is what it is for.
func (r *run) putBack(ctx context.Context) error {
	interrupted := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Minute)
	defer cancel()
	r.say("\nputting the target back")
	err := r.back(ctx, interrupted)
	if err != nil {
		return fmt.Errorf("putting the target back: %w\nrun the suite again: it begins with that", err)
	}
	r.ok("%s is as it was found: packages, files, modes, owners, contents", r.target.Name)
	return nil
}

func (r *run) back(ctx context.Context, interrupted bool) error {
	if interrupted && !r.access.alive() {
		r.say("the connection is gone: logging in again")
	}
	if !r.access.alive() {
		again, err := dial(ctx, r.target, r.dir)
		if err != nil {
			return err
		}
		r.access = again
	}
	if _, err := r.access.root(ctx, nil, targetScript, "back"); err != nil {
		return err
	}
	after, err := r.access.list(ctx)
	if err != nil {
		return err
	}
	if d := r.before.differences(after); len(d) > 0 {
		return fmt.Errorf("%s is not as it was found:\n%s", r.target.Name, strings.Join(d, "\n"))
	}
	return nil
}
