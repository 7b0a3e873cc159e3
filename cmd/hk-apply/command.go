package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"sync/atomic"
	"time"

	"hostkit/pkg/apply"
	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/facts"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/login"
	"hostkit/pkg/plan"
	"hostkit/pkg/resource"
	"hostkit/pkg/secret/source"
	"hostkit/pkg/transport"
)

// options are the flags of hk-apply.
type options struct {
	login    cli.Login
	confirm  bool
	dryRun   bool
	trustKey bool
	parallel cli.AtLeastOne
	// most is how many hosts may fail before no other is begun with; 0 means all.
	// failed counts them.
	most     cli.AtLeastOne
	failed   atomic.Int64
	onError  string
	wait     time.Duration
	timeout  time.Duration
	rollback time.Duration
	events   string
	planFile string
	approval approval
	signedBy []doc.Signer
	opener   *login.Opener
	// secrets are those that the plans take, all of them had.
	secrets   source.Values
	quiet     bool
	verbose   bool
	local     *localFiles
	listeners *listeners
	view      *view
	// plans is how many there are to apply, and planned how many each host has.
	plans   int
	planned map[string]int
}

func command() cli.Command {
	o := options{planned: make(map[string]int)}
	return cli.Command{
		Name:     "hk-apply",
		Usage:    "--confirm | --dry-run [flags]",
		Summary:  "Make exactly the difference that a plan says, and verify it.",
		Example:  "hk-apply --confirm < plan.json > report.json",
		Graceful: true,
		Reads:    []doc.Schema{doc.SchemaPlan},
		Writes:   []doc.Schema{doc.SchemaReport, doc.SchemaEvent},
		Exits: []int{
			cli.ExitDone, cli.ExitFailed, cli.ExitUsage, cli.ExitRefused,
			cli.ExitUnreachable, cli.ExitStale, cli.ExitBusy, cli.ExitInterrupted,
		},
		Environ: cli.LoginEnviron,
		Flags:   o.flags,
		Run:     o.run,
	}
}

func (o *options) flags(fs *flag.FlagSet) {
	fs.BoolVar(&o.confirm, "confirm", false, "change the hosts")
	fs.BoolVar(&o.dryRun, "dry-run", false, "look at the hosts and change nothing")
	fs.StringVar(&o.planFile, "plan", "", "read the plans from `FILE` instead of stdin")
	o.approval.flags(fs)
	o.parallel = 1
	fs.Var(&o.parallel, "parallel", "work on `N` hosts at once")
	o.onError = "stop"
	fs.Var(cli.OneOf(&o.onError, "stop", "continue"), "on-error", "`DO` stop (send nothing further) or continue after a failure")
	fs.Var(&o.most, "max-failures", "begin with no other host when `N` have failed")
	fs.DurationVar(&o.wait, "wait", 0, "wait for `DURATION` for another apply that holds a host")
	fs.DurationVar(&o.timeout, "timeout", 0, "give a host up whose changes take longer than `DURATION`")
	fs.DurationVar(&o.rollback, "rollback-after", time.Minute,
		"put back what the login stands on when nobody is heard from for `DURATION`")
	fs.StringVar(&o.events, "events", "", "write events to `FILE` or fd:N")
	for _, name := range []string{"verbose", "v"} {
		fs.BoolVar(&o.verbose, name, false, "tell each change and what its commands print")
	}
	for _, name := range []string{"quiet", "q"} {
		fs.BoolVar(&o.quiet, name, false, "say only what goes wrong")
	}
	fs.BoolVar(&o.trustKey, "trust-plan-host-key", false, "take the plan's host key as known")
	o.login.Flags(fs)
}

func (o *options) check(s cli.Streams, args []string) error {
	switch {
	case len(args) > 0:
		return s.NoOperand(args[0])
	case o.confirm && o.dryRun:
		return cli.Usagef("--confirm and --dry-run contradict each other")
	case !o.confirm && !o.dryRun:
		return cli.Usagef("neither --confirm nor --dry-run is given").
			WithHint("read the plan with hk-show, then say --confirm to change the host")
	case o.quiet && o.verbose:
		return cli.Usagef("--quiet and --verbose contradict each other")
	case o.wait < 0:
		return cli.Usagef("--wait %s: want a time that is not negative", o.wait)
	case o.timeout < 0:
		return cli.Usagef("--timeout %s: want a time that is not negative", o.timeout)
	case o.rollback < 5*time.Second:
		return cli.Usagef("--rollback-after %s: want 5s or more", o.rollback).
			WithHint("a new login must be had within that time, sudo and all")
	}
	if err := o.approval.check(o.planFile); err != nil {
		return err
	}
	return o.login.Check()
}

func (o *options) run(ctx context.Context, s cli.Streams, args []string) (err error) {
	if err := o.check(s, args); err != nil {
		return err
	}
	o.opener = login.NewOpener(o.login, s)
	o.local = newLocalFiles(o.login.Base)
	defer o.opener.Close()
	s.Scrub = o.opener.Scrubber.String
	in, done, err := o.input(s)
	if err != nil {
		return err
	}
	defer done()
	var signed, checked spool
	defer signed.Close()
	defer checked.Close()
	reading, end := cli.UntilStopped(ctx)
	defer end()
	if in, err = o.approved(s, cli.Under(reading, in), &signed); err != nil {
		return err
	}
	if err := o.readAll(reading, s, in, &checked); err != nil {
		return err
	}
	end()
	if in, err = checked.Rewind(); err != nil {
		return err
	}
	if o.planFile == "" {
		in = s.Replay(in)
	}
	s.Stdin = in
	if o.listeners, err = listen(ctx, o.events, s.Stdout); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.listeners.Close()) }()
	if o.confirm && !o.quiet && s.LeadsNowhere() {
		s.Warn("stdout is closed, or /dev/null: nobody will have the report", "what is done is told of by hk-facts --groups runs; > report.json keeps the next one")
	}
	o.view, s = newView(s, o.plans, o.quiet, o.verbose)
	defer o.view.Close()
	err = cli.FilterParallel(ctx, s, "hk-apply", []doc.Schema{doc.SchemaPlan}, cli.Parallel{Hosts: int(o.parallel)}, o.each)
	if err == nil && !o.quiet {
		s.ForPrograms("> report.json")
	}
	var failed *cli.Error
	if errors.As(err, &failed) && failed.Code == cli.WriteFailed && o.confirm {
		return failed.WithHint("the report is lost, and what was done is not: hk-facts --groups runs tells of it, and of the backups")
	}
	return err
}

// each applies one plan, which readAll has checked. The report is written whatever
// became of it.
func (o *options) each(ctx context.Context, d jsonx.Document) ([]byte, error) {
	p, err := plan.Again(d)
	if err != nil {
		return nil, err
	}
	options := apply.Options{
		Kinds:     resource.Kinds,
		Connect:   o.connect,
		Override:  o.login.Override,
		Open:      o.local.open,
		Secret:    o.secrets.ContentOf,
		Now:       time.Now,
		DryRun:    o.dryRun,
		KeepGoing: o.onError == "continue",
		Scrub:     o.opener.Scrubber.String,
		Holder:    holder(),
		Wait:      o.wait,
		Timeout:   o.timeout,
		SignedBy:  o.signedBy,
		Stop:      cli.Stop(ctx),

		RollbackAfter: o.rollback,
		ScrubOutput:   o.opener.Output.String,
		ScrubWriter:   o.opener.Output.Writer,
		Emit: func(e doc.Event) {
			o.listeners.emit(e)
			o.view.emit(e)
		},
	}
	report := o.report(ctx, p, options)
	raw, err := jsonx.Marshal(report)
	if err != nil {
		return nil, err
	}
	if report.Error != nil {
		return raw, report.Error
	}
	o.view.report(report)
	return raw, nil
}

// report applies a plan, unless too many hosts have failed before.
func (o *options) report(ctx context.Context, p doc.Plan, options apply.Options) doc.Report {
	if n := o.failed.Load(); o.most > 0 && n >= int64(o.most) {
		return apply.Skip(p, options, fmt.Sprintf("not begun with, since others have failed: %d, and --max-failures is %d", n, o.most))
	}
	report := apply.Apply(ctx, p, options)
	if report.Error != nil {
		o.failed.Add(1)
	}
	return report
}

// connect logs in to the plan's host, which must prove to own the plan's key.
func (o *options) connect(ctx context.Context, p doc.Plan) (facts.Host, error) {
	o.login.Override(&p.Host)
	var t transport.Options
	if key := p.Target.Identity.HostKey; key != nil {
		t.Pin = &transport.Pin{RequireKey: *key, TrustPlanKey: o.trustKey}
	}
	session, err := o.opener.Open(ctx, p.Host, t)
	if err != nil {
		return nil, err
	}
	return session, nil
}
