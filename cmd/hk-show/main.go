// Command hk-show shows a document of HostKit's to people.
package main

import (
	"context"
	"flag"

	"hostkit/pkg/cli"
	"hostkit/pkg/color"
	"hostkit/pkg/render"
)

func main() { cli.Exec(command()) }

func command() cli.Command {
	when := string(color.Auto)
	var full, summary bool
	return cli.Command{
		Name:    "hk-show",
		Usage:   "[--color auto|always|never] [--summary | --full] [FILE|-]...",
		Summary: "Show plans, reports, facts, package locks and configs to people.",
		Example: "hk-show plan.json | less -R",
		Reads:   render.Schemas(),

		ForPeople: true,
		Exits:     []int{cli.ExitDone, cli.ExitFailed, cli.ExitUsage, cli.ExitRefused, cli.ExitUnreachable, cli.ExitStale, cli.ExitBusy, cli.ExitPipe},
		Flags: func(fs *flag.FlagSet) {
			fs.Var(cli.OneOf(&when, color.Choices...), "color", "colour the output: auto, always or never (`WHEN`); auto minds FORCE_COLOR, NO_COLOR, CLICOLOR_FORCE, CLICOLOR and TERM")
			fs.BoolVar(&summary, "summary", false, "of each document only what it is, how it ends and what it destroys")
			fs.BoolVar(&full, "full", false, "leave nothing out: whole contents, digests, and the names of what stays unchanged")
		},
		Run: func(ctx context.Context, s cli.Streams, args []string) error {
			colored := color.Use(color.When(when), s.Getenv, cli.IsTerminal(s.Stdout))
			if full && summary {
				return cli.Usagef("--summary and --full contradict each other")
			}
			return show(ctx, s, render.Options{Color: colored, Full: full, Summary: summary}, args)
		},
	}
}
