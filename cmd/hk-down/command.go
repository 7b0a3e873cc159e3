package main

import (
	"context"
	"flag"
	"os"
	"slices"

	"hostkit/pkg/cli"
	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/doc"
	"hostkit/pkg/down"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/plan"
	"hostkit/pkg/render"
	"hostkit/pkg/resource"
)

// options are the flags of hk-down.
type options struct {
	ignore    cli.List
	out       string
	compact   bool
	notThese  []doc.Address
	matched   map[doc.Address]bool
	summaries []string
}

// reads is what hk-down takes back.
var reads = []doc.Schema{doc.SchemaPlan, doc.SchemaReport}

func command() cli.Command {
	o := options{matched: make(map[doc.Address]bool)}
	return cli.Command{
		Name:    "hk-down",
		Usage:   "[--out FILE] [flags] [FILE|-]...",
		Summary: "Make the plan that takes a report, or a plan, back.",
		Example: "hk-down --out down.json report.json && hk-show down.json",
		Reads:   reads,
		Writes:  []doc.Schema{doc.SchemaPlan},
		Exits:   []int{cli.ExitDone, cli.ExitFailed, cli.ExitUsage, cli.ExitRefused, cli.ExitInterrupted},
		Flags:   o.flags,
		Run:     o.run,
	}
}

func (o *options) flags(fs *flag.FlagSet) {
	fs.Var(&o.ignore, "ignore", "leave `KIND:NAME` as it is")
	fs.StringVar(&o.out, "out", "", "write the plans to `FILE`, if no host failed")
	fs.BoolVar(&o.compact, "compact", false, "write a plan on one line")
}

func (o *options) run(ctx context.Context, s cli.Streams, args []string) (err error) {
	if o.notThese, err = cli.Addresses("ignore", o.ignore); err != nil {
		return err
	}
	if err := o.checkOut(args); err != nil {
		return err
	}
	plans, err := cli.Whole(s, o.out, len(o.notThese) > 0, func(s cli.Streams) error {
		return cli.FilterFiles(ctx, s, "hk-down", reads, args, func(_ context.Context, d jsonx.Document) ([]byte, error) {
			return o.takeBack(s, d)
		})
	}, o.unmatched)
	if err != nil {
		return err
	}
	for _, line := range o.summaries {
		s.Say("%s", line)
	}
	if o.out == "" {
		s.ForPrograms("--out down.json")
		return nil
	}
	if err := cli.WriteFile(o.out, plans, 0o600); err != nil {
		return err
	}
	s.ReadItWith(o.out)
	return nil
}

// checkOut refuses a file that can't be written, or that is read: a report is not to be
// had again.
func (o *options) checkOut(args []string) error {
	if o.out == "" {
		return nil
	}
	if err := cli.CanWrite(o.out); err != nil {
		return err
	}
	out, err := os.Stat(o.out)
	if err != nil {
		return nil // there is nothing to write over
	}
	for _, name := range args {
		if in, err := os.Stat(name); err == nil && os.SameFile(in, out) {
			return cli.Usagef("--out %s would replace %s, which is read", o.out, name).WithHint("give the way back a file of its own")
		}
	}
	return nil
}

// takeBack makes the plan that takes one document back.
func (o *options) takeBack(s cli.Streams, d jsonx.Document) ([]byte, error) {
	p, before, err := o.make(d)
	if err != nil {
		return nil, err
	}
	if len(before) > 0 {
		s.Say("%s: takes back, too, what an earlier run of the same plan has made, which did not come to its end: %s", p.Host.Name, few(before))
	}
	for _, left := range p.Irreversible {
		// What came along with a change has an address in the plan alone.
		o.matched[left.Address] = true
	}
	warnOfWhatStays(s, p)
	for _, c := range p.Changes {
		if c.Action == doc.Run && slices.ContainsFunc(p.Irreversible, func(left doc.Irreversible) bool { return left.Address == c.Address }) {
			s.Say("%s: runs the command of %s again, for what it made of the files as they were; a command that can be run once only is left out with %s",
				p.Host.Name, c.Address, resource.DownIgnoring(c.Address))
		}
	}
	if len(p.Changes) == 0 {
		nothing := ": nothing to take back"
		if len(p.Irreversible) > 0 {
			nothing = ": nothing is left to take back"
		}
		o.summaries = append(o.summaries, p.Host.Name+nothing)
		if doc.Schema(d.Schema()) == doc.SchemaReport && len(p.Irreversible) == 0 {
			s.Warn(p.Host.Name+": this run has changed nothing that could be taken back",
				"take back the report of the run that did; hk-facts --groups runs tells of the host's runs and their backups")
		}
	} else {
		o.summaries = append(o.summaries, render.Summary(p))
	}
	raw, err := plan.Encode(p)
	if err != nil || o.compact {
		return raw, err
	}
	return jsonx.Indent(raw)
}

// make is the way back, and what of it an earlier run than the report's has made.
func (o *options) make(d jsonx.Document) (p doc.Plan, before []doc.Address, err error) {
	how := down.Options{Kinds: resource.Kinds, Tool: "hk-down " + cli.Version, Ignore: o.notThese}
	if doc.Schema(d.Schema()) == doc.SchemaReport {
		r, err := plan.DecodeReport(d)
		if err != nil {
			return doc.Plan{}, nil, err
		}
		for _, c := range r.Changes {
			o.matched[c.Address] = true
		}
		p, err = down.OfReport(r, how)
		return p, madeBefore(r, p), err
	}
	p, err = plan.Decode(d)
	if err != nil {
		return doc.Plan{}, nil, err
	}
	for _, c := range p.Changes {
		o.matched[c.Address] = true
	}
	p, err = down.OfPlan(p, how)
	return p, nil, err
}

// unmatched refuses a choice that no document has: a typing mistake would silently
// take back too much.
func (o *options) unmatched() error {
	for _, a := range o.notThese {
		if !o.matched[a] {
			var known []string
			for k := range o.matched {
				known = append(known, string(k))
			}
			slices.Sort(known)
			return cli.Usagef("--ignore %s matches nothing in the documents", a).
				WithHint("%s", suggest.Choice("--ignore", string(a), known, "hk-show shows them"))
		}
	}
	return nil
}
