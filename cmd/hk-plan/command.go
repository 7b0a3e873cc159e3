package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/cli"
	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/doc"
	"hostkit/pkg/journal"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/mise"
	"hostkit/pkg/names"
	"hostkit/pkg/plan"
	"hostkit/pkg/render"
	"hostkit/pkg/resource"
	"hostkit/pkg/sshsig"
)

// options are the flags of hk-plan.
type options struct {
	lockFile     string
	services     cli.List
	only, ignore cli.List
	out          string
	// sign is the file of key, which signs what is written to out.
	sign                string
	key                 *sshsig.Key
	exitCode, compact   bool
	refreshIndex        bool
	lock                *doc.PackageLock
	onlyThese, notThese []doc.Address
	pending             bool
	matched             map[string]bool
	// chosen says what a choice takes along and leaves out, summaries what plans do.
	chosen, summaries []string
}

func command() cli.Command {
	o := options{matched: make(map[string]bool)}
	return cli.Command{
		Name:    "hk-plan",
		Usage:   "[--package-lock FILE] [--out FILE] [flags]",
		Summary: "Write down the exact difference, for a person to read.",
		Example: "hk-eval config.json | hk-facts | hk-plan --out plan.json",
		Reads:   []doc.Schema{doc.SchemaHost, doc.SchemaPackageLock},
		Writes:  []doc.Schema{doc.SchemaPlan},
		Exits: []int{
			cli.ExitDone, cli.ExitFailed, cli.ExitUsage, cli.ExitRefused, cli.ExitChanges, cli.ExitInterrupted,
		},
		Environ: map[string]string{"package-lock": cli.PackageLockVariable},
		Flags:   o.flags,
		Run:     o.run,
	}
}

func (o *options) flags(fs *flag.FlagSet) {
	cli.PackageLockFlag(fs, &o.lockFile)
	fs.Var(&o.services, "service", "plan only service `NAME`, with what it depends on")
	fs.Var(&o.only, "only", "plan only `KIND:NAME`, with what it depends on")
	fs.Var(&o.ignore, "ignore", "leave `KIND:NAME` as it is")
	fs.BoolVar(&o.refreshIndex, "refresh-index", false, "fetch the package index anew before packages are installed")
	fs.StringVar(&o.out, "out", "", "write the plans to `FILE`, if no host failed")
	fs.StringVar(&o.sign, "sign", "", "sign FILE of --out with the private key in `KEY`")
	fs.BoolVar(&o.exitCode, "exit-code", false, "exit with 10 when changes are pending")
	fs.BoolVar(&o.compact, "compact", false, "write a plan on one line")
}

func (o *options) run(ctx context.Context, s cli.Streams, args []string) error {
	if len(args) > 0 {
		return s.NoOperand(args[0])
	}
	if err := o.prepare(s); err != nil {
		return err
	}
	var misnamed error
	plans, err := cli.Whole(s, o.out, o.chooses(), func(s cli.Streams) error {
		return cli.Filter(ctx, s, "hk-plan", []doc.Schema{doc.SchemaHost}, func(_ context.Context, d jsonx.Document) ([]byte, error) {
			return o.plan(s, d)
		})
	}, func() error { misnamed = o.unmatched(); return misnamed })
	if misnamed == nil {
		tell(s, o.chosen)
	}
	if err != nil {
		return err
	}
	return o.finish(s, plans)
}

// chooses reports whether flags choose among the changes. A choice that matches
// nothing is known at the end of the stream, and then nothing may be written.
func (o *options) chooses() bool {
	return len(o.services)+len(o.only)+len(o.ignore) > 0
}

// prepare parses what the flags name.
func (o *options) prepare(s cli.Streams) (err error) {
	if err = o.prepareKey(); err != nil {
		return err
	}
	if o.onlyThese, err = cli.Addresses("only", o.only); err != nil {
		return err
	}
	if o.notThese, err = cli.Addresses("ignore", o.ignore); err != nil {
		return err
	}
	for _, a := range o.onlyThese {
		if slices.Contains(o.notThese, a) {
			return cli.Usagef("--only and --ignore both name %s", a)
		}
	}
	if o.out != "" {
		if err := cli.CanWrite(o.out); err != nil {
			return err
		}
	}
	if o.lockFile == "" {
		return nil
	}
	raw, err := cli.ReadPackageLock(o.lockFile)
	if err != nil {
		return s.OfFlag("package-lock", err)
	}
	lock, err := names.ReadLock(o.lockFile, raw)
	o.lock = &lock
	return s.OfFlag("package-lock", err)
}

// plan makes the plan of one host.
func (o *options) plan(s cli.Streams, d jsonx.Document) ([]byte, error) {
	h, err := cli.HostDocument(d)
	if err != nil {
		return nil, err
	}
	for _, r := range h.Resources {
		o.match(r.Service, r.Address)
	}
	if f := h.Facts; f != nil && f.Runs != nil && f.Runs.Unfinished != nil {
		s.Warn(h.Host.Name+": "+journal.Describe(*f.Runs.Unfinished)+" was cut off, or is still under way", journal.WayOut)
	}
	called, err := o.names(h)
	if err != nil {
		return nil, err
	}
	p, notes, err := plan.Make(h, called, plan.Options{
		Kinds: resource.Kinds, Tool: "hk-plan " + cli.Version,
		Services: o.services, Only: o.onlyThese, Ignore: o.notThese,
		RefreshIndex: o.refreshIndex,
	})
	if err != nil {
		return nil, err
	}
	for _, c := range p.Changes {
		o.match(c.Service, c.Address)
	}
	for _, a := range notes.Taken {
		o.note("%s: takes %s along, which a chosen change depends on", h.Host.Name, a)
	}
	for _, a := range notes.Called {
		o.note("%s: takes %s along, which a chosen change calls for", h.Host.Name, a)
	}
	for _, a := range notes.Undone {
		o.note("%s: leaves %s undone: it is called for, and ignored", h.Host.Name, a)
	}
	if notes.Left > 0 {
		o.note("%s: leaves out %s: not chosen", h.Host.Name, cli.Count(notes.Left, "change"))
	}
	if len(p.Arrivals) > 0 {
		s.Warn(h.Host.Name+": "+arrivals(p.Arrivals)+": this plan does not remove what comes",
			"when the plan is applied, plan again: hk-eval CONFIG | hk-facts | hk-plan")
	}
	o.pending = o.pending || len(p.Changes) > 0
	o.summaries = append(o.summaries, render.Summary(p))
	raw, err := plan.Encode(p)
	if err != nil || o.compact {
		return raw, err
	}
	return jsonx.Indent(raw)
}

// arrivals names a few of what may come, and what may bring it.
func arrivals(all []doc.Arrival) string {
	const most = 3
	var paths, by []string
	for i, a := range all {
		if i < most {
			paths = append(paths, string(a.Address))
		}
		for _, bringer := range a.By {
			if !slices.Contains(by, string(bringer)) {
				by = append(by, string(bringer))
			}
		}
	}
	if more := len(all) - len(paths); more > 0 {
		paths = append(paths, fmt.Sprintf("%d more", more))
	}
	return strings.Join(paths, ", ") + ", absent now, may come with " + strings.Join(by, " or ")
}

// names are what the host's distribution calls its packages, and the release of
// mise.
func (o *options) names(h doc.HostDocument) (doc.PackageNames, error) {
	ask := names.Options{Lock: o.lock, LockName: o.lockFile}
	called, err := names.ForHost(h, ask)
	release, err2 := mise.ForHost(h, ask)
	return doc.PackageNames{Names: called, Mise: release}, names.Join(err, err2)
}

// note keeps what is to be said once the choice is known to match something.
func (o *options) note(format string, args ...any) {
	o.chosen = append(o.chosen, fmt.Sprintf(format, args...))
}

// match notes a service and an address that a choice may name.
func (o *options) match(service string, a doc.Address) {
	o.matched["--service "+service] = true
	o.matched["--only "+string(a)] = true
	o.matched["--ignore "+string(a)] = true
}

// unmatched refuses a choice that no host has: a typing mistake would silently
// plan nothing, or too much.
func (o *options) unmatched() error {
	for _, flag := range []struct {
		name   string
		values cli.List
	}{{"--service ", o.services}, {"--only ", o.only}, {"--ignore ", o.ignore}} {
		for _, value := range flag.values {
			if !o.matched[flag.name+value] {
				return cli.Usagef("%s%s matches nothing in the documents", flag.name, value).
					WithHint("%s", o.near(flag.name, value))
			}
		}
	}
	return nil
}

// near is what was probably meant by a choice that matches nothing.
func (o *options) near(flag, value string) string {
	var known []string
	for choice := range o.matched {
		if name, ok := strings.CutPrefix(choice, flag); ok && name != "" {
			known = append(known, name)
		}
	}
	slices.Sort(known)
	more := "hk-eval --list addresses CONFIG lists them"
	if flag == "--service " {
		more = "hk-eval --list services CONFIG lists them"
	}
	return suggest.Choice(strings.TrimSpace(flag), value, known, more)
}

func tell(s cli.Streams, lines []string) {
	for _, line := range lines {
		s.Say("%s", line)
	}
}

// finish writes the file and tells the summary.
func (o *options) finish(s cli.Streams, plans []byte) error {
	if o.out != "" {
		if err := cli.WriteFile(o.out, plans, 0o600); err != nil {
			return err
		}
		tell(s, o.summaries)
		s.ReadItWith(o.out)
		if err := o.writeSignature(s, plans); err != nil {
			return err
		}
	} else if cli.IsTerminal(s.Stdout) {
		tell(s, o.summaries)
		s.ForPrograms("--out plan.json")
	}
	if o.exitCode && o.pending {
		return &cli.Error{Exit: cli.ExitChanges}
	}
	return nil
}
