// Package config turns what a person wrote into one document per host.
//
// [Load] reads all files of a config, JSON or Jsonnet, and finds everything
// that is wrong with them at once: each [Problem] has its place and, where
// there is one, a hint. Only a config without any problem can be expanded.
//
// What may stand where comes from the Go types alone: package doc's and the
// sections of the kinds, walked by reflection. The JSON schema is generated
// from the same types and is for editors; a schema validator would say the same
// less well, since it knows neither what a member was probably meant to be nor
// the words of a type's own check.
package config

import (
	"context"
	"io"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

// Options is what [Load] needs beside the names of files.
type Options struct {
	// Kinds are those that a service may have, in the order in which their
	// resources stand in a document.
	Kinds []resource.Kind
	// Stdin is read for the file name "-".
	Stdin io.Reader
	// Trace is given the lines of Jsonnet's std.trace; nil drops them.
	Trace func(line string)
	// Timeout bounds the evaluation of one Jsonnet file; 0 means 30 seconds.
	Timeout time.Duration
}

// Config is a config without problems.
type Config struct {
	project  string
	hosts    map[string]*host
	services map[string]*service
}

// Load reads the files, of which "-" is stdin, as one config. A file whose name
// ends in .jsonnet or .libsonnet is Jsonnet, any other JSON. The error is a
// [Problems] with everything that is wrong, an error of ctx, or a file's that
// could not be read. On a Jsonnet program that does not come to an end the
// evaluation is left running: the process is expected to end.
func Load(ctx context.Context, files []string, o Options) (*Config, error) {
	l := newLoader(o)
	defer l.close()
	if err := l.open(ctx, files); err != nil {
		return nil, err
	}
	l.readAll()
	l.checkProject()
	l.layWays()
	l.bind()
	if err := l.found.err(); err != nil {
		return nil, err
	}
	return &Config{project: l.project.value, hosts: l.hosts, services: l.services}, nil
}

func newLoader(o Options) *loader {
	shape := configShape(o.Kinds)
	return &loader{
		options: o, shape: shape, found: newFinder(shape, exampleConfig(o.Kinds)),
		local: func(src *source) resource.Files { return files{src.root} },
		hosts: map[string]*host{}, services: map[string]*service{},
	}
}

// open opens the files. What is wrong with one of them is a problem found.
func (l *loader) open(ctx context.Context, files []string) error {
	for i, name := range files {
		if again := namedBefore(name, files[:i]); again != nil {
			again.order = len(l.sources)
			l.found.problems = append(l.found.problems, again)
			continue
		}
		src, err := open(ctx, name, l.options, l.found.remember)
		if err != nil {
			if err := l.found.absorb(l.shape.withoutSecret(err), len(l.sources)); err != nil {
				return err
			}
			src = &source{name: name, broken: true}
		}
		src.order = len(l.sources)
		l.sources = append(l.sources, src)
	}
	return nil
}

// readAll takes the hosts and services of all files.
func (l *loader) readAll() {
	for _, src := range l.sources {
		if !src.broken {
			l.read(src)
		}
	}
}

// loader gathers one config from its sources.
type loader struct {
	options Options
	shape   *shape
	sources []*source
	// local opens what a source names.
	local    func(*source) resource.Files
	found    *finder
	project  struct{ value, at string }
	hosts    map[string]*host
	services map[string]*service
}

// host is a host and where it stands.
type host struct {
	place
	name   string
	config doc.HostConfig
	// raw is what config was decoded from.
	raw []byte
	// services are those it has, by name.
	services []*service
}

// service is a service and its resources, expanded.
type service struct {
	place
	name  string
	globs []string
	// resources stand in the order of kinds, then by name or as written.
	resources []*declaration
	// missing are the kinds of which resources had problems and don't stand
	// here, so that a reference to one is not reported too; "" is all kinds.
	missing map[string]bool
}

// declaration is one resource of a service.
type declaration struct {
	place
	resource doc.Resource
	ties     resource.Ties
	size     int  // of the resource in a document, in bytes
	implied  bool // see [resource.Declared]
}

func (l *loader) close() {
	for _, src := range l.sources {
		src.close()
	}
}

// broken reports whether any source could not be read as a whole, so that what
// is missing may have been declared there.
func (l *loader) broken() bool {
	for _, src := range l.sources {
		if src.broken {
			return true
		}
	}
	return false
}
