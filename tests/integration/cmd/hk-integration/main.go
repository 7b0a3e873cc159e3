// Command hk-integration runs the integration suite on the target that
// HOSTKIT_INTEGRATION_TOOL names. It is run in the folder of the sources, by `make
// integration`.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"hostkit/pkg/cli"
	"hostkit/tests/binaries"
	"hostkit/tests/integration"
)

func main() {
	// No second Ctrl-C ends it: it is putting the target back.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("hk-integration", flag.ContinueOnError)
	flags.SetOutput(stderr)
	bin := flags.String("bin", "bin", "the `FOLDER` of the commands")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		fmt.Fprintln(stderr, "usage: hk-integration [--bin FOLDER]")
		return cli.ExitUsage
	}
	err := all(ctx, *bin, stdout)
	var no *integration.NoTarget
	switch {
	case err == nil:
		fmt.Fprintln(stdout, "\nintegration: everything holds")
		return cli.ExitDone
	case ctx.Err() != nil:
		fmt.Fprintf(stderr, "integration: interrupted: %v\n", err)
		return cli.ExitInterrupted
	}
	fmt.Fprintf(stderr, "integration: error: %v\n", err)
	if errors.As(err, &no) {
		fmt.Fprintf(stderr, "integration: hint: %s\n", no.Hint)
		return cli.ExitUsage
	}
	return cli.ExitFailed
}

// all runs the suite on each target in turn.
func all(ctx context.Context, bin string, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "hk-integration-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o := integration.Options{Out: out}
	if o.Bin, err = filepath.Abs(bin); err != nil {
		return err
	}
	if o.Root, err = binaries.Module(); err != nil {
		return fmt.Errorf("where the sources are: %w", err)
	}
	targets, err := integration.Choose(ctx, dir, o)
	if err != nil {
		return err
	}
	for _, t := range targets {
		if t.Close != nil {
			defer func() { err = errors.Join(err, t.Close()) }()
		}
		if err := integration.Run(ctx, t, o); err != nil {
			return err
		}
	}
	return nil
}
