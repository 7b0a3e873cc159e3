package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/facts"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/login"
	"hostkit/pkg/resource"
	"hostkit/pkg/transport"
)

// options are the flags of hk-facts.
type options struct {
	login     cli.Login
	hosts     cli.List
	groups    cli.List
	lockFile  string
	more      facts.More
	all       bool
	accept    bool
	parallel  cli.AtLeastOne
	unordered bool
}

func command() cli.Command {
	var o options
	environ := map[string]string{"host": cli.HostVariable, "package-lock": cli.PackageLockVariable}
	for name, variable := range cli.LoginEnviron {
		environ[name] = variable
	}
	return cli.Command{
		Name:    "hk-facts",
		Usage:   "[--host GLOB]... [--all] [flags]",
		Summary: "Log in to each host once and add what it is now.",
		Example: "hk-eval config.json | hk-facts --host server > facts.json",
		Reads:   []doc.Schema{doc.SchemaHost, doc.SchemaPackageLock},
		Writes:  []doc.Schema{doc.SchemaHost},
		Exits: []int{
			cli.ExitDone, cli.ExitFailed, cli.ExitUsage, cli.ExitRefused, cli.ExitUnreachable, cli.ExitInterrupted,
		},
		Environ: environ,
		Instead: map[string][]string{"host": {"all"}},
		Flags:   o.flags,
		Run:     o.run,
	}
}

func (o *options) flags(fs *flag.FlagSet) {
	fs.Var(&o.hosts, "host", "keep hosts that match `GLOB`")
	fs.BoolVar(&o.all, "all", false, "keep all hosts")
	fs.StringVar(&o.lockFile, "package-lock", "", "ask package indexes about the names in the lock `FILE` too")
	fs.BoolVar(&o.more.AskIndex, "ask-index", false, "ask package indexes about installed packages too")
	fs.Var(o.groups.Of(groupNames()), "groups", "gather `NAME,...` too: "+strings.Join(groupNames(), ", "))
	o.parallel = 16
	fs.Var(&o.parallel, "parallel", "hosts at once, `N`")
	fs.BoolVar(&o.unordered, "unordered", false, "write documents as they finish")
	fs.BoolVar(&o.accept, "silently-accept-hosts", false, "record the keys of unknown hosts")
	o.login.Flags(fs)
}

func (o *options) run(ctx context.Context, s cli.Streams, args []string) error {
	switch {
	case len(args) > 0:
		return operandError(s, args[0])
	case o.all && len(o.hosts) > 0:
		return cli.Usagef("--all and --host contradict each other")
	}
	if err := o.login.Check(); err != nil {
		return err
	}
	for _, glob := range o.hosts {
		if _, err := path.Match(glob, ""); err != nil {
			return cli.Usagef("%s is not a glob", s.FlagValue("host", strconv.Quote(glob)))
		}
	}
	var err error
	if o.more.Groups, err = chosenGroups(o.groups); err != nil {
		return err
	}
	if err := o.readLock(s); err != nil {
		return err
	}
	if !o.all && len(o.hosts) == 0 {
		only, err := onlyHost(s)
		if err != nil {
			return err
		}
		s.Stdin = only
	}
	if err := o.observeAll(ctx, s); err != nil {
		return err
	}
	s.ForPrograms("> facts.json")
	return nil
}

// operandError refuses a file that stands where stdin is meant, or the name of a host
// without --host.
func operandError(s cli.Streams, operand string) error {
	refused := s.NoOperand(operand)
	if _, err := os.Stat(operand); err != nil {
		return refused.WithHint("a host is chosen with --host %s", operand)
	}
	return refused
}

// onlyHost returns the one document of stdin, or refuses several: which of them
// are meant must be said.
func onlyHost(s cli.Streams) (io.Reader, error) {
	if err := s.NeedDocuments(); err != nil {
		return nil, err
	}
	reader := jsonx.NewReader("stdin", s.Stdin)
	first, err := reader.Next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, s.NoDocument("stdin")
	case err != nil:
		return nil, err
	}
	if err := readable(first); err != nil {
		return nil, err
	}
	names := []string{cli.HostName(first)}
	for {
		next, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = readable(next)
		}
		if err != nil {
			return nil, err
		}
		names = append(names, cli.HostName(next))
	}
	if len(names) == 1 {
		return strings.NewReader(string(first.Raw)), nil
	}
	if hosts := slices.Compact(slices.Sorted(slices.Values(names))); len(hosts) == 1 {
		return nil, cli.Usagef("%d documents about one host, %s", len(names), names[0]).
			WithHint("was its config given to the pipe twice? --all takes each of them")
	}
	const shown = 10
	list := strings.Join(names[:min(len(names), shown)], ", ")
	if len(names) > shown {
		list += fmt.Sprintf(" and %d more", len(names)-shown)
	}
	return nil, cli.Usagef("%d hosts, and none is chosen: %s", len(names), list).
		WithHint("choose with --host GLOB, or take them --all")
}

// readable refuses what is no document about a host, before hosts are counted.
func readable(d jsonx.Document) error {
	if cli.EarlierError(d) != nil {
		return nil
	}
	return cli.CheckSchema("hk-facts", []doc.Schema{doc.SchemaHost}, d)
}

func (o *options) observeAll(ctx context.Context, s cli.Streams) error {
	opener := login.NewOpener(o.login, s)
	defer opener.Close()
	s.Scrub = opener.Scrubber.String
	opener.Recording, opener.AcceptNew = true, o.accept
	var chosen choice
	each := func(ctx context.Context, d jsonx.Document) ([]byte, error) {
		h, err := cli.HostDocument(d)
		if err != nil {
			return nil, err
		}
		if !chosen.keeps(h.Host.Name, o.hosts) {
			return nil, nil
		}
		return o.observe(ctx, s, opener, d, h)
	}
	err := cli.FilterParallel(ctx, s, "hk-facts", []doc.Schema{doc.SchemaHost},
		cli.Parallel{Hosts: int(o.parallel), Unordered: o.unordered}, each)
	if ctx.Err() != nil {
		return err
	}
	vain := chosen.vain(o.hosts)
	if len(vain) == 0 {
		s.SayChosen(chosen.kept, chosen.count)
		return err
	}
	message, hint := s.FlagValue("host", strings.Join(vain, ", "))+" matches no host", chosen.hint(s, vain)
	if err == nil {
		return cli.Usagef("%s", message).WithHint("%s", hint)
	}
	// What has failed decides how the command ends, and hides no typing mistake.
	s.Warn(message, hint)
	return err
}

// observe adds the facts of one host to its document.
func (o *options) observe(
	ctx context.Context, s cli.Streams, opener *login.Opener, d jsonx.Document, h doc.HostDocument,
) ([]byte, error) {
	host := h.Host
	o.login.Override(&host)
	secrets, err := opener.Contents(ctx, host.Name, doc.SecretsOf(h.Resources...))
	if err != nil {
		return nil, err
	}
	session, err := opener.Open(ctx, host, transport.Options{
		Accepted: func(a transport.Accepted) {
			s.Say("%s: recorded the unknown host key %s %s of %s in %s",
				host.Name, a.Key.Type, a.Key.Fingerprint, a.Address, a.File)
		},
	})
	if err != nil {
		return nil, err
	}
	defer session.Close()
	more := o.more
	more.Secret = secrets.ContentOf
	observed, err := facts.Observe(ctx, session, h.Resources, resource.Kinds, more)
	if err != nil {
		return nil, err
	}
	section, err := jsonx.Marshal(observed)
	if err != nil {
		return nil, err
	}
	return jsonx.Splice(d.Raw, "facts", section, "packages")
}
