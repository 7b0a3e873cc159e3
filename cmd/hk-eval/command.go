package main

import (
	"context"
	"errors"
	"flag"
	"slices"
	"strings"

	"hostkit/pkg/cli"
	"hostkit/pkg/config"
	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

type evaluation struct {
	hosts, services cli.List
	check, init     bool
	list, schema    string
}

func command() cli.Command {
	var e evaluation
	return cli.Command{
		Name:    "hk-eval",
		Usage:   "[--host GLOB]... [--service NAME]... [flags] [FILE|-]...",
		Summary: "Turn a config, JSON or (by its ending) Jsonnet, into one document per host.",
		Example: "hk-eval config.json | hk-facts --host server | hk-plan",
		Reads:   []doc.Schema{doc.SchemaConfig},
		Writes:  []doc.Schema{doc.SchemaHost},
		Exits:   []int{cli.ExitDone, cli.ExitFailed, cli.ExitUsage, cli.ExitRefused, cli.ExitInterrupted},
		Environ: map[string]string{"host": cli.HostVariable},
		Unlike:  ofJsonnet(),
		Instead: map[string][]string{"host": {"init", "list", "schema"}},
		Flags: func(fs *flag.FlagSet) {
			fs.Var(&e.hosts, "host", "write the hosts that match `GLOB` alone")
			fs.Var(&e.services, "service", "write service `NAME` alone, with what it depends on")
			fs.BoolVar(&e.check, "check", false, "look for mistakes only and write nothing on stdout")
			fs.BoolVar(&e.init, "init", false, "write a config to begin with, to a new FILE or stdout")
			fs.Var(cli.OneOf(&e.list, lists...), "list", "write the names of `WHAT` alone, a line each: hosts, services or addresses; without FILE, of the configs in this folder")
			fs.Var(cli.OneOf(&e.schema, schemaNames()...), "schema", "write the JSON schema of `DOCUMENT`, for editors: "+strings.Join(schemaNames(), ", "))
		},
		Run: e.run,
	}
}

// ofJsonnet says what there is in place of the flags of jsonnet and sjsonnet: a config
// is all that its documents are made of.
func ofJsonnet() map[string]string {
	const (
		imports   = "imports are relative to the file that imports: there is no library path"
		variables = "a config is given no variables: import a file that has them, relative to the config"
		arguments = "a config is given no arguments: let the function have defaults, or be called"
	)
	hints := map[string]string{"J": imports, "jpath": imports, "A": arguments}
	for _, kind := range []string{"-str", "-str-file", "-code", "-code-file"} {
		hints["ext"+kind], hints["tla"+kind] = variables, arguments
	}
	return hints
}

func (e *evaluation) run(ctx context.Context, s cli.Streams, files []string) error {
	if slices.Contains(files, "") {
		return cli.Usagef(`"" is not the name of a file`)
	}
	instead, err := e.instead()
	switch {
	case err != nil:
		return err
	case instead != nil:
		return instead(ctx, s, files)
	}
	if len(files) == 0 {
		if cli.IsTerminal(s.Stdin) {
			return cli.Usagef("no config was given").WithHint("hk-eval config.json; hk-eval --init config.jsonnet writes one to begin with")
		}
		files = []string{"-"}
	}
	c, err := config.Load(ctx, files, options(s))
	if err != nil {
		return err
	}
	selection, err := c.Select(e.hosts, e.services)
	if usage, ok := errors.AsType[*config.UsageError](err); ok {
		return s.OfFlag(usage.Flag, err)
	}
	if err != nil {
		return err
	}
	s.SayChosen(selection.Matched, selection.Known)
	for _, note := range selection.Notes {
		s.Say("%s", note)
	}
	if e.check {
		s.Say("%s: ok, %s, %s", names(files),
			cli.Count(selection.Hosts(), "host"), cli.Count(selection.Resources(), "resource"))
		return nil
	}
	for document, err := range selection.Documents() {
		if err != nil {
			return err
		}
		if _, err := s.Stdout.Write(document); err != nil {
			return err
		}
	}
	s.ForPrograms("> hosts.json")
	return nil
}

func options(s cli.Streams) config.Options {
	return config.Options{
		Kinds: resource.Kinds, Stdin: s.Stdin,
		Trace: func(line string) { s.Say("%s", line) },
	}
}

// names lists the files as messages call them.
func names(files []string) string {
	list := slices.Clone(files)
	for i, name := range list {
		if name == "-" {
			list[i] = "stdin"
		}
	}
	return strings.Join(list, ", ")
}
