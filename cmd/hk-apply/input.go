package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/login"
	"hostkit/pkg/plan"
	"hostkit/pkg/secret/source"
	"hostkit/pkg/shell"
)

func (o *options) input(s cli.Streams) (io.Reader, func() error, error) {
	if o.planFile == "" {
		return s.Stdin, func() error { return nil }, s.NeedDocuments()
	}
	file, err := os.Open(o.planFile)
	if err != nil {
		refused := cli.Refusef("no_plan", "%s", err.Error())
		if refused.Hint = cli.NearFile(o.planFile, err); refused.Hint == "" && errors.Is(err, fs.ErrNotExist) {
			refused.Hint = "hk-plan --out " + shell.Typed(o.planFile) + " writes one"
		}
		return nil, nil, refused
	}
	return file, file.Close, nil
}

// inputName is what the plans are called in messages.
func (o *options) inputName() string { return cmp.Or(o.planFile, "stdin") }

// approved returns in as it is, or, where signatures are asked for, what they were
// found to be good for.
func (o *options) approved(s cli.Streams, in io.Reader, to *spool) (_ io.Reader, err error) {
	if o.approval.list == "" {
		return in, nil
	}
	o.signedBy, err = o.approval.read(o.inputName(), in, to)
	switch {
	case errors.Is(err, io.EOF):
		return nil, s.NoDocument(o.inputName())
	case err != nil:
		return nil, err
	}
	for _, by := range o.signedBy {
		s.Say("%s is signed by %s (%s %s)", o.inputName(), by.Principal, by.Key.Type, by.Key.Fingerprint)
	}
	return to.Rewind()
}

// readAll checks every plan of the stream and resolves every secret, before the
// first connection is opened.
func (o *options) readAll(ctx context.Context, s cli.Streams, in io.Reader, to io.Writer) error {
	reader := jsonx.NewReader(o.inputName(), in)
	var uses []source.Use
	for {
		d, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		used, err := o.checkOne(d)
		if err != nil {
			return err
		}
		uses = append(uses, used...)
		for _, part := range [][]byte{d.Raw, {'\n'}} {
			if _, err := to.Write(part); err != nil {
				return err
			}
		}
	}
	if reader.Count() == 0 {
		return s.NoDocument(o.inputName())
	}
	o.sayTwice(s)
	var err error
	o.secrets, err = o.opener.Resolve(ctx, uses)
	return err
}

// sayTwice tells of hosts that have several plans, each of which counts as a host: what
// one changes, the next was not made from.
func (o *options) sayTwice(s cli.Streams) {
	for _, host := range slices.Sorted(maps.Keys(o.planned)) {
		if n := o.planned[host]; n > 1 {
			s.Warn(fmt.Sprintf("%s: %d plans are for this host, and each counts as a host", host, n),
				"was its config given to the pipe twice? a later plan is refused where an earlier one changes what it looked at")
		}
	}
}

// checkOne checks a plan and the local files that it brings to its host, and
// returns the secrets that it needs. A host that failed in an earlier stage has no
// plan.
func (o *options) checkOne(d jsonx.Document) ([]source.Use, error) {
	if cli.EarlierError(d) != nil {
		return nil, nil
	}
	if err := cli.CheckSchema("hk-apply", []doc.Schema{doc.SchemaPlan}, d); err != nil {
		return nil, err
	}
	p, err := plan.Decode(d)
	if err != nil {
		return nil, err
	}
	if err := o.local.checkAll(p); err != nil {
		return nil, err
	}
	o.plans++
	o.planned[p.Host.Name]++
	o.login.Override(&p.Host)
	return append(login.Uses(p.Host), login.ContentUses(p.Host.Name, doc.SecretsOfChanges(p.Changes...))...), nil
}
