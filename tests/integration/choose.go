package integration

import (
	"context"
	"errors"
	"fmt"
	"os"

	"hostkit/tests/lab"
)

// Choose finds the targets that HOSTKIT_INTEGRATION_TOOL asks for, and says which. The
// files of a target that is made are in dir. None is an error, never a silent pass.
func Choose(ctx context.Context, dir string, o Options) ([]Target, error) {
	tool := os.Getenv("HOSTKIT_INTEGRATION_TOOL")
	switch tool {
	case "", "auto":
		return chooseAuto(ctx, dir, o)
	case "lab":
		return one(OfLab(ctx, dir))
	case "incus":
		return one(OfIncus(ctx, dir, o.Root))
	case "remote":
		return OfConfig(ctx, o.Bin, os.Getenv("HOSTKIT_INTEGRATION_CONFIG"))
	}
	return nil, &NoTarget{fmt.Sprintf("HOSTKIT_INTEGRATION_TOOL is %q", tool), "it may be auto, lab, incus or remote"}
}

func one(t Target, err error) ([]Target, error) {
	if err != nil {
		return nil, err
	}
	return []Target{t}, nil
}

func chooseAuto(ctx context.Context, dir string, o Options) ([]Target, error) {
	t, noIncus := OfIncus(ctx, dir, o.Root)
	if noIncus == nil {
		fmt.Fprintln(o.Out, "auto: the Incus instance")
		return []Target{t}, nil
	}
	noLab := lab.Available()
	if noLab == nil {
		fmt.Fprintf(o.Out, "auto: a host of the lab (%v)\n", noIncus)
		return one(OfLab(ctx, dir))
	}
	return nil, &NoTarget{
		errors.Join(errors.New("no target"), noIncus, noLab).Error(),
		"HOSTKIT_INTEGRATION_TOOL=remote takes a host of your own: examples/integration.md",
	}
}
