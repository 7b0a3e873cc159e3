// Command hk-lab makes throwaway hosts on this machine and keeps them
// until it is interrupted or a pipe at its stdin ends.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"hostkit/pkg/cli"
	"hostkit/pkg/cli/suggest"
	"hostkit/tests/lab"
)

const usage = `usage: hk-lab up [--name NAME]... [--manager apt|dnf|zypper|pacman]
                 [--no-index] [--whole-index] [--password PASSWORD]
       hk-lab rootfs
       hk-lab check

up      start a host for each name, print one line of JSON for each (address,
        port, identity_file, known_hosts, ...), stop them on SIGINT or SIGTERM,
        or when stdin ends if that is a pipe
rootfs  build what hosts stand on, if it is not there, and print its folder
check   say why no host can be made on this machine, if so
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s := cli.Streams{Stdin: stdin, Stdout: stdout, Stderr: stderr}
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return cli.ExitUsage
	}
	switch args[0] {
	case "up":
		return cli.Main(ctx, up(stdin), args[1:], s)
	case "rootfs":
		return cli.Main(ctx, command("rootfs", "Build what hosts stand on, if it is not there, and print its folder.", buildRoot), args[1:], s)
	case "check":
		return cli.Main(ctx, command("check", "Say why no host can be made on this machine, if so.", check), args[1:], s)
	case "-h", "--help", "help":
		fmt.Fprint(stdout, usage)
		return cli.ExitDone
	}
	return cli.Main(ctx, cli.Command{Name: "hk-lab", Run: func(context.Context, cli.Streams, []string) error {
		return unknown(args[0])
	}}, nil, s)
}

// unknown is the error of a command that there is none of.
func unknown(name string) error {
	refused := cli.Usagef("%q is none of up, rootfs, check", name).WithHint("hk-lab -h tells what they do")
	if near, ok := suggest.Nearest(name, []string{"up", "rootfs", "check"}); ok {
		return refused.WithHint("did you mean hk-lab %s", near)
	}
	return refused
}

// command is one of hk-lab's, which takes no operands.
func command(name, summary string, do func(context.Context, cli.Streams) error) cli.Command {
	return cli.Command{
		Name: "hk-lab " + name, Summary: summary,
		Exits: []int{cli.ExitDone, cli.ExitFailed, cli.ExitUsage},
		Run: func(ctx context.Context, s cli.Streams, args []string) error {
			if len(args) > 0 {
				return cli.Usagef("%q is one operand too many", args[0]).WithHint("hk-lab %s -h lists the flags", name)
			}
			return do(ctx, s)
		},
	}
}

func buildRoot(ctx context.Context, s cli.Streams) error {
	dir, err := lab.Build(ctx, s.Stderr)
	if err == nil {
		_, err = fmt.Fprintln(s.Stdout, dir)
	}
	return err
}

func check(context.Context, cli.Streams) error { return lab.Available() }

// started is the line that up prints, read by scripts.
type started struct {
	Name         string `json:"name"`
	Address      string `json:"address"`
	Port         int    `json:"port"`
	User         string `json:"user"`
	IdentityFile string `json:"identity_file"`
	KnownHosts   string `json:"known_hosts"`
	Fingerprint  string `json:"fingerprint"`
	Root         string `json:"root"` // the host's file system, seen from this machine
	PID          int    `json:"pid"`  // of the host's PID 1
}

// options are the flags of up.
type options struct {
	names    cli.List
	manager  string
	noIndex  bool
	whole    bool
	password string
	stdin    io.Reader
}

// up keeps hosts until stdin ends.
func up(stdin io.Reader) cli.Command {
	o := options{manager: "apt", stdin: stdin}
	cmd := command("up", "Start throwaway hosts, and print a line of JSON for each.", o.run)
	cmd.Usage = "[--name NAME]... [flags]"
	cmd.Flags = func(fs *flag.FlagSet) {
		fs.Var(&o.names, "name", "`NAME` of a host (lab)")
		fs.Var(cli.OneOf(&o.manager, "apt", "dnf", "zypper", "pacman"), "manager", "the hosts' package `MANAGER`, and with it their distribution")
		fs.BoolVar(&o.noIndex, "no-index", false, "leave the manager without package lists")
		fs.BoolVar(&o.whole, "whole-index", false, "have apt know all of Debian, not only the packages of HostKit's table")
		fs.StringVar(&o.password, "password", "", "let root log in with `PASSWORD` too")
	}
	return cmd
}

func (o *options) run(ctx context.Context, s cli.Streams) (failed error) {
	names := o.names
	if len(names) == 0 {
		names = []string{"lab"}
	}
	options := lab.Options{
		NoIndex: o.noIndex, WholeIndex: o.whole, RootPassword: o.password,
		Dnf: o.manager == "dnf", Zypper: o.manager == "zypper", Pacman: o.manager == "pacman",
	}
	if err := lab.Available(); err != nil {
		return err
	}
	if _, err := lab.Build(ctx, s.Stderr); err != nil {
		return err
	}
	for _, options.Hostname = range names {
		h, err := lab.Start(ctx, options)
		if err != nil {
			return err
		}
		defer func() { failed = errors.Join(failed, h.Stop()) }()
		line := started{
			Name: h.Name, Address: h.IP, Port: h.Port, User: "root", IdentityFile: h.Identity,
			KnownHosts: h.KnownHosts, Fingerprint: h.Fingerprint(), Root: h.Root(), PID: h.PID(),
		}
		if err := json.NewEncoder(s.Stdout).Encode(line); err != nil {
			return err
		}
	}
	wait(ctx, o.stdin)
	return nil
}

// wait returns when the command is to end. Only a pipe's end means that: a shell
// gives a job in the background /dev/null, and a terminal has Ctrl-C.
func wait(ctx context.Context, stdin io.Reader) {
	ended := make(chan struct{})
	if isPipe(stdin) {
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			close(ended)
		}()
	}
	select {
	case <-ctx.Done():
	case <-ended:
	}
}

func isPipe(r io.Reader) bool {
	f, ok := r.(*os.File)
	if !ok {
		return true
	}
	fi, err := f.Stat()
	return err == nil && fi.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0
}
