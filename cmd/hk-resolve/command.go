package main

import (
	"bytes"
	"context"
	"flag"
	"time"

	"hostkit/pkg/cli"
	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/mise"
	"hostkit/pkg/names"
	"hostkit/pkg/resolve"
)

// options are the flags of hk-resolve.
type options struct {
	lockFile, writeFile string
	update              cli.List
	resolve             resolve.Options
	repology            asking
	// old is what the lock to be written had in it.
	old []byte
	// met are the packages of all documents.
	met map[string]bool
	// usesMise says that a host takes its release of mise from the lock.
	usesMise bool
	// used are those that they have from the lock, unpinned those of them without
	// a version.
	used, unpinned uses
	pin            bool
}

func command() cli.Command {
	o := options{met: make(map[string]bool), used: make(uses), unpinned: make(uses)}
	return cli.Command{
		Name:    "hk-resolve",
		Usage:   "[--package-lock FILE | --write-package-lock FILE] [flags]",
		Summary: "Add what each host's distribution calls its packages.",
		Example: "hk-resolve --write-package-lock host_kit.package.lock < facts.json",
		Reads:   []doc.Schema{doc.SchemaHost, doc.SchemaPackageLock},
		Writes:  []doc.Schema{doc.SchemaHost, doc.SchemaPackageLock},
		Exits:   []int{cli.ExitDone, cli.ExitFailed, cli.ExitUsage, cli.ExitRefused, cli.ExitInterrupted},
		Environ: map[string]string{
			"package-lock": cli.PackageLockVariable, "repology-url": "HOSTKIT_REPOLOGY_URL",
			"repology-cache": "HOSTKIT_REPOLOGY_CACHE", "repology-cache-ttl": "HOSTKIT_REPOLOGY_CACHE_TTL",
		},
		// A lock named by the environment stands back behind one that is to be
		// written.
		Instead: map[string][]string{"package-lock": {"write-package-lock"}},
		Flags:   o.flags,
		Run:     o.run,
	}
}

func (o *options) flags(fs *flag.FlagSet) {
	cli.PackageLockFlag(fs, &o.lockFile)
	fs.StringVar(&o.writeFile, "write-package-lock", "", "take names from the lock in `FILE` first, and add what it lacks")
	fs.Var(&o.update, "update", "resolve package `NAME`, or all, without the lock, and replace it there")
	fs.BoolVar(&o.pin, "pin", false, "pin what the lock gets to the version that the host's index offers")
	fs.StringVar(&o.resolve.Repository, "repository", "", "resolve for repository `NAME`, like debian_12, where facts know none")
	o.repology.flags(fs)
}

func (o *options) run(ctx context.Context, s cli.Streams, args []string) error {
	if len(args) > 0 {
		return s.NoOperand(args[0])
	}
	if err := o.check(); err != nil {
		return err
	}
	if err := o.readLock(); err != nil {
		return s.OfFlag("package-lock", err)
	}
	if o.lockFile == "" {
		var status *cli.Status
		s, status = s.WithStatus()
		p := &progress{say: s.Say, status: status, now: time.Now}
		client, err := o.repology.client(s, len(o.update) > 0, p.waiting)
		if err != nil {
			return err
		}
		o.resolve.Repology, o.resolve.Asking = client, p.at
		defer func() {
			status.Clear()
			o.tellKept(ctx, s, client.Kept())
		}()
	}
	stdout := s.Stdout
	var held bytes.Buffer
	if len(o.update) > 0 {
		// That a name matches nothing is known at the end of the stream.
		s.Stdout = &held
	}
	err := cli.Filter(ctx, s, "hk-resolve", []doc.Schema{doc.SchemaHost}, func(ctx context.Context, d jsonx.Document) ([]byte, error) {
		return o.host(ctx, s, d)
	})
	if unmatched := o.unmatched(); err == nil && unmatched != nil {
		return unmatched
	}
	if _, writeErr := held.WriteTo(stdout); err == nil {
		err = writeErr
	}
	if err != nil {
		if o.writeFile != "" {
			s.Say("%s was not written", o.writeFile)
		}
		return err
	}
	if err := o.writeLock(ctx, s); err != nil {
		return err
	}
	s.Stdout = stdout
	s.ForPrograms("> resolved.json")
	return nil
}

// tellKept says what of an interrupted run is not lost.
func (o *options) tellKept(ctx context.Context, s cli.Streams, kept int) {
	if ctx.Err() != nil && kept > 0 {
		s.Say("%s of Repology %s kept: the next run asks for the rest only", cli.Count(kept, "answer"), wereOrWas(kept))
	}
}

func wereOrWas(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// check refuses flags that contradict each other.
func (o *options) check() error {
	switch {
	case o.lockFile != "" && o.writeFile != "":
		return cli.Usagef("--package-lock and --write-package-lock contradict each other").
			WithHint("--write-package-lock takes what its file has, and adds what is missing")
	case len(o.update) > 0 && o.writeFile == "":
		return cli.Usagef("--update replaces names in a lock: give --write-package-lock too")
	case o.pin && o.writeFile == "":
		return cli.Usagef("--pin puts versions into a lock: give --write-package-lock too")
	case o.resolve.Repository != "" && !names.KnownRepository(o.resolve.Repository):
		unknown := cli.Usagef("no package names are known for repository %q", o.resolve.Repository)
		if near, ok := names.NearRepository(o.resolve.Repository); ok {
			return unknown.WithHint("did you mean %s", near)
		}
		return unknown.WithHint("repositories are spelled like debian_12, ubuntu_24_04, fedora_43, alpine_3_20, almalinux_9, arch, opensuse_leap_15_6")
	}
	o.resolve.Update = o.update
	o.resolve.Choices = make(resolve.Choices)
	if o.pin {
		o.resolve.Pins = make(resolve.Pins)
	}
	return nil
}

// host resolves the packages of one host.
func (o *options) host(ctx context.Context, s cli.Streams, d jsonx.Document) ([]byte, error) {
	h, err := cli.HostDocument(d)
	if err != nil {
		return nil, err
	}
	section, err := resolve.Host(ctx, h, o.resolve)
	if err != nil {
		return nil, err
	}
	for name := range section.Names {
		o.met[name] = true
	}
	if section.Mise != nil {
		o.met[mise.Kind], o.usesMise = true, true
	}
	o.note(section)
	if note := resolve.Note(h, section); note != "" {
		s.Say("%s: %s", h.Host.Name, note)
	}
	if stale := resolve.Stale(section); stale != "" {
		s.Say("%s: %s", h.Host.Name, stale)
	}
	raw, err := jsonx.Marshal(section)
	if err != nil {
		return nil, err
	}
	return jsonx.Splice(d.Raw, "packages", raw)
}

// unmatched refuses an --update of a package that no document has.
func (o *options) unmatched() error {
	for _, name := range o.update {
		if name != "all" && !o.met[name] {
			return cli.Usagef("--update %s: no document has a package of that name", name).
				WithHint("%s", suggest.Choice("--update", name, suggest.Sorted(o.met), "hk-eval --list addresses CONFIG lists them"))
		}
	}
	return nil
}
