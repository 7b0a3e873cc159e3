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

	"hostkit/tests/lab"
)

const usage = `usage: hk-lab up [--name NAME]... [--manager apt|dnf|zypper|pacman]
                 [--no-index] [--password PASSWORD]
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
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return 2
	}
	var err error
	switch args[0] {
	case "up":
		err = up(ctx, args[1:], stdin, stdout, stderr)
	case "rootfs":
		var dir string
		if dir, err = lab.Build(ctx, stderr); err == nil {
			fmt.Fprintln(stdout, dir)
		}
	case "check":
		err = lab.Available()
	case "-h", "--help", "help":
		fmt.Fprint(stdout, usage)
	default:
		fmt.Fprint(stderr, usage)
		return 2
	}
	if err != nil {
		fmt.Fprintf(stderr, "hk-lab: error: %v\n", err)
		return 1
	}
	return 0
}

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

func up(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (failed error) {
	flags := flag.NewFlagSet("hk-lab up", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var names []string
	flags.Func("name", "hostname of a host (default \"lab\")", func(name string) error {
		names = append(names, name)
		return nil
	})
	manager := flags.String("manager", "apt", "the host's package `MANAGER`, and with it its distribution")
	noIndex := flags.Bool("no-index", false, "leave the manager without package lists")
	password := flags.String("password", "", "let root log in with this password too")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if len(names) == 0 {
		names = []string{"lab"}
	}
	options := lab.Options{NoIndex: *noIndex, RootPassword: *password}
	switch *manager {
	case "apt":
	case "dnf":
		options.Dnf = true
	case "zypper":
		options.Zypper = true
	case "pacman":
		options.Pacman = true
	default:
		return fmt.Errorf("--manager %s: want apt, dnf, zypper or pacman", *manager)
	}
	if err := lab.Available(); err != nil {
		return err
	}
	if _, err := lab.Build(ctx, stderr); err != nil {
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
		if err := json.NewEncoder(stdout).Encode(line); err != nil {
			return err
		}
	}
	wait(ctx, stdin)
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
