package main

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/render"
)

// show writes every document of the named files, or of stdin, for people. The
// error joins what was refused and the exit statuses that failed hosts ask for.
func show(ctx context.Context, s cli.Streams, o render.Options, names []string) error {
	if len(names) == 0 {
		if err := s.NeedDocuments(); err != nil {
			return err
		}
		names = []string{"-"}
	}
	if slices.Contains(names, "") {
		return cli.Usagef(`"" is not the name of a file`)
	}
	v := &viewer{s: s, options: o, failed: map[int]bool{}}
	for _, name := range names {
		if err := v.file(ctx, name); err != nil {
			v.errs = append(v.errs, err)
		}
		if v.writeErr != nil {
			return v.writeErr
		}
	}
	v.end()
	v.put(v.total.Text(o))
	if v.writeErr != nil {
		return v.writeErr
	}
	return errors.Join(v.errs...)
}

type viewer struct {
	s       cli.Streams
	options render.Options
	total   render.Total
	queue   queue
	fleet   render.Fleet
	shown   int
	events  bool // the last text was an event's
	errs    []error
	failed  map[int]bool // exit statuses that failed hosts asked for
	// writeErr ends everything: nobody reads any more.
	writeErr error
}

func (v *viewer) file(ctx context.Context, name string) error {
	if name == "-" {
		return v.stream(ctx, "stdin", v.s.Stdin)
	}
	f, err := os.Open(name)
	if err != nil {
		return cli.Unreadable(err)
	}
	defer f.Close()
	return v.stream(ctx, name, f)
}

// stream shows the documents of one reader. What stands before a bad byte is
// shown; a document that is refused stops no other.
func (v *viewer) stream(ctx context.Context, name string, src io.Reader) error {
	r := jsonx.NewReader(name, src)
	for ctx.Err() == nil && v.writeErr == nil {
		d, err := r.Next()
		switch {
		case errors.Is(err, io.EOF) && r.Count() > 0:
			return nil
		case errors.Is(err, io.EOF):
			return v.s.NoDocument(name)
		case err != nil:
			return cli.Unreadable(err)
		}
		if err := v.document(d); err != nil {
			v.errs = append(v.errs, err)
		}
	}
	return context.Cause(ctx)
}

func (v *viewer) document(d jsonx.Document) error {
	if err := cli.CheckSchema(v.s.Name, render.Schemas(), d); err != nil {
		return err
	}
	shown, err := render.Document(d, v.options)
	if err != nil {
		return cli.AboutHost(d, err)
	}
	v.take(shown, d.Schema() == string(doc.SchemaEvent))
	v.total.Add(shown)
	if earlier := cli.EarlierError(d); earlier != nil && !v.failed[earlier.Exit] {
		v.failed[earlier.Exit] = true
		// Without a message: the text tells.
		v.errs = append(v.errs, &cli.Error{Exit: earlier.Exit})
	}
	return nil
}
