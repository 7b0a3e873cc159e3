// Command hk-show shows a document of HostKit's to people.
package main

import (
	"context"
	"flag"

	"hostkit/pkg/cli"
	"hostkit/pkg/render"
)

func main() { cli.Exec(command()) }

func command() cli.Command {
	var color string
	var full bool
	return cli.Command{
		Name:    "hk-show",
		Usage:   "[--color auto|always|never] [--full] [FILE|-]...",
		Summary: "Show plans, reports, facts, package locks and configs to people.",
		Example: "hk-show plan.json | less -R",
		Reads:   render.Schemas(),

		ForPeople: true,
		Exits:     []int{cli.ExitDone, cli.ExitFailed, cli.ExitUsage, cli.ExitRefused, cli.ExitUnreachable, cli.ExitStale, cli.ExitBusy, cli.ExitPipe},
		Flags: func(fs *flag.FlagSet) {
			fs.StringVar(&color, "color", render.ColorAuto, "colour the output: auto, always or never (`WHEN`); auto minds FORCE_COLOR, NO_COLOR and TERM")
			fs.BoolVar(&full, "full", false, "leave nothing out: whole contents, digests, and the names of what stays unchanged")
		},
		Run: func(ctx context.Context, s cli.Streams, args []string) error {
			colored, err := render.UseColor(color, s.Getenv, cli.IsTerminal(s.Stdout))
			if err != nil {
				return cli.Usagef("%s", err)
			}
			return show(ctx, s, render.Options{Color: colored, Full: full}, args)
		},
	}
}
