package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hostkit/pkg/cli"
	"hostkit/pkg/config"
	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
	"hostkit/schemas"
)

// starter is the config that --init writes.
//
//go:embed starter.jsonnet
var starter string

// lists are the words of --list.
var lists = []string{"hosts", "services", "addresses"}

// listTimeout is how long a Jsonnet program may take whose names are listed: somebody
// has pressed a key and waits.
const listTimeout = 5 * time.Second

// schemaNames are the words of --schema.
func schemaNames() []string {
	var names []string
	for _, s := range schemas.All {
		name, _, _ := strings.Cut(strings.TrimPrefix(string(s), "hostkit."), "/")
		names = append(names, name)
	}
	return names
}

// task is what is done instead of writing host documents.
type task func(ctx context.Context, s cli.Streams, files []string) error

// instead is the one other task that was asked for, or nil.
func (e *evaluation) instead() (task, error) {
	var chosen task
	var flags []string
	for _, other := range []struct {
		flag  string
		given bool
		do    task
	}{
		{"--check", e.check, nil},
		{"--init", e.init, writeStarter},
		{"--list", e.list != "", e.listNames},
		{"--schema", e.schema != "", e.writeSchema},
	} {
		if other.given {
			chosen, flags = other.do, append(flags, other.flag)
		}
	}
	switch {
	case len(flags) > 1:
		return nil, cli.Usagef("%s and %s contradict each other", flags[0], flags[1])
	case chosen != nil && len(e.hosts) > 0:
		return nil, cli.Usagef("%s and --host contradict each other", flags[0])
	case chosen != nil && len(e.services) > 0:
		return nil, cli.Usagef("%s and --service contradict each other", flags[0])
	}
	return chosen, nil
}

// writeStarter writes a config to begin with: to a file that is not there yet, or to
// stdout.
func writeStarter(_ context.Context, s cli.Streams, files []string) error {
	switch {
	case len(files) > 1:
		return cli.Usagef("%q is one operand too many: --init writes one config", files[1])
	case len(files) == 0 || files[0] == "-":
		_, err := io.WriteString(s.Stdout, starter)
		return err
	}
	name := files[0]
	if filepath.Ext(name) != ".jsonnet" {
		return cli.Usagef("%s: a config with comments is Jsonnet", name).
			WithHint("name it %s.jsonnet", strings.TrimSuffix(name, filepath.Ext(name)))
	}
	if err := create(name, starter); err != nil {
		return err
	}
	s.Say("%s is written: set the hostname in it, then hk-eval --check %s", name, shell.Typed(name))
	return nil
}

// create writes a file that is not there yet.
func create(name, text string) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err == nil {
		_, err = file.WriteString(text)
		err = errors.Join(err, file.Close())
	}
	failed := &cli.Error{Exit: cli.ExitFailed, Code: cli.WriteFailed, Cause: err}
	var path *fs.PathError
	if errors.As(err, &path) {
		failed.Message = fmt.Sprintf("write %s: %s", name, path.Err)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return &cli.Error{
			Exit: cli.ExitFailed, Code: "exists", Message: name + " is there already, and is left as it is",
			Hint: "give --init the name of a new file",
		}
	case errors.Is(err, fs.ErrNotExist) && isMissing(filepath.Dir(name)):
		return failed.WithHint("make its folder first: mkdir -p %s", shell.Typed(filepath.Dir(name)))
	case errors.Is(err, fs.ErrPermission):
		return failed.WithHint("give --init a name in a folder that you may write to")
	}
	return failed
}

func isMissing(folder string) bool {
	_, err := os.Stat(folder)
	return errors.Is(err, fs.ErrNotExist)
}

// listNames writes names alone, also of a config that has mistakes.
func (e *evaluation) listNames(ctx context.Context, s cli.Streams, files []string) error {
	if len(files) == 0 {
		if files = config.Find("."); len(files) == 0 {
			return cli.Refusef("no_config", "there is no config in this folder").
				WithHint("give its name: hk-eval --list %s config.json", e.list)
		}
	}
	o := options(s)
	o.Trace, o.Timeout = nil, listTimeout
	found, err := config.List(ctx, files, o)
	list := map[string][]string{"hosts": found.Hosts, "services": found.Services, "addresses": found.Addresses}[e.list]
	var text strings.Builder
	for _, name := range list {
		// What has a line break in it would read as two names.
		if !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			text.WriteString(name + "\n")
		}
	}
	_, unwritten := io.WriteString(s.Stdout, text.String())
	return errors.Join(err, unwritten)
}

// writeSchema writes the JSON schema of one document.
func (e *evaluation) writeSchema(_ context.Context, s cli.Streams, files []string) error {
	if len(files) > 0 {
		return cli.Usagef("%q is one operand too many: --schema reads nothing", files[0])
	}
	raw, _ := schemas.Get(doc.Schema("hostkit." + e.schema + "/v1"))
	_, err := s.Stdout.Write(raw)
	return err
}
