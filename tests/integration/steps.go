package integration

import (
	"context"
	"errors"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
)

// steps are the suite. Each finds the target as the one before has left it.
var steps = []struct {
	name string
	do   func(*run, context.Context) error
}{
	{"Plan, with a package lock", (*run).plan},
	{"Review the artifact", (*run).review},
	{"Apply it", (*run).apply},
	{"Plan again: nothing to do", (*run).planAgain},
	{"Change the config: update, delete, remove the package", (*run).change},
	{"Take it back, the later one first", (*run).down},
}

const (
	lock     = "host_kit.package.lock"
	artifact = "host_kit.plan.json"
)

// plan writes the lock and then, from it alone, the plan. Neither changes the target.
func (r *run) plan(ctx context.Context) error {
	var err error
	if r.ground, err = r.access.list(ctx); err != nil {
		return err
	}
	if _, err := r.command(ctx, 0, r.facts("first.json", "")+" | hk-resolve --write-package-lock "+lock+" >resolved.json"); err != nil {
		return err
	}
	if _, err := r.command(ctx, 0, r.facts("first.json", lock)+" | hk-plan --package-lock "+lock+" --out "+artifact); err != nil {
		return err
	}
	return r.isAs(ctx, r.ground, "planning has changed nothing")
}

// review reads the artifact as a person would, and has an edited one refused.
func (r *run) review(ctx context.Context) error {
	if _, err := r.command(ctx, 0, "hk-show "+artifact); err != nil {
		return err
	}
	if err := r.hasNoSecret(artifact); err != nil {
		return err
	}
	if _, err := r.command(ctx, cli.ExitRefused, `sed 's/"0640"/"0666"/' `+artifact+` >edited.json && ! cmp -s `+artifact+` edited.json && hk-apply --plan edited.json --confirm`); err != nil {
		return err
	}
	if err := r.isAs(ctx, r.ground, "the edited plan has changed nothing"); err != nil {
		return err
	}
	// They must be able to say no, or their yes is worth nothing.
	c, err := r.goss(ctx, "first.goss.yaml")
	if err != nil {
		return err
	}
	good := c.hold(true)
	if len(c.hold(false)) == 0 {
		return errors.New("goss finds everything done, and nothing is")
	}
	r.ok("goss: %d of %d checks hold so far", len(good), len(c.Results))
	return r.ansibleDiffers(ctx, "first.playbook.yaml")
}

func (r *run) apply(ctx context.Context) error {
	if _, err := r.command(ctx, 0, r.confirm(artifact)+" >first.report.json"); err != nil {
		return err
	}
	if err := r.reports("first.report.json", doc.StatusApplied); err != nil {
		return err
	}
	if err := r.gossAgrees(ctx, "first.goss.yaml"); err != nil {
		return err
	}
	if err := r.gossCanFail(ctx, "first.goss.yaml", "first.wrong.goss.yaml", "first.absent.goss.yaml"); err != nil {
		return err
	}
	if err := r.ansibleAgrees(ctx, "first.playbook.yaml"); err != nil {
		return err
	}
	var err error
	r.first, err = r.access.list(ctx)
	return err
}

func (r *run) planAgain(ctx context.Context) error {
	if _, err := r.command(ctx, 0, r.facts("first.json", lock)+" | hk-plan --package-lock "+lock+" --exit-code | hk-show"); err != nil {
		return err
	}
	if _, err := r.command(ctx, 0, r.confirm(artifact)+" >again.report.json"); err != nil {
		return err
	}
	return r.reports("again.report.json", doc.StatusNothingToDo)
}

func (r *run) change(ctx context.Context) error {
	if _, err := r.command(ctx, cli.ExitChanges, r.facts("second.json", lock)+" | hk-plan --package-lock "+lock+" --exit-code --out second.plan.json"); err != nil {
		return err
	}
	if _, err := r.command(ctx, 0, "hk-show second.plan.json"); err != nil {
		return err
	}
	if _, err := r.command(ctx, 0, r.confirm("second.plan.json")+" >second.report.json"); err != nil {
		return err
	}
	if err := r.gossAgrees(ctx, "second.goss.yaml"); err != nil {
		return err
	}
	return r.ansibleAgrees(ctx, "second.playbook.yaml")
}

// down takes the second report back, then the first. After each the target is what it
// was before, which is seen by the list, not by HostKit.
func (r *run) down(ctx context.Context) error {
	for _, way := range []struct {
		report, plan, ok string
		was              list
	}{
		{"second.report.json", "second.down.json", "what was changed is as the first apply has left it", r.first},
		{"first.report.json", "first.down.json", "what HostKit found is there again, and nothing else", r.ground},
	} {
		if _, err := r.command(ctx, 0, "hk-down --out "+way.plan+" "+way.report); err != nil {
			return err
		}
		if _, err := r.command(ctx, 0, r.confirm(way.plan)+" | hk-show --summary"); err != nil {
			return err
		}
		if err := r.isAs(ctx, way.was, way.ok); err != nil {
			return err
		}
	}
	return nil
}
