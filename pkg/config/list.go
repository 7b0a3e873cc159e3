package config

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/resource"
)

// Names are what a config names, each list sorted.
type Names struct {
	Hosts, Services []string
	// Addresses are those of all resources, whether or not a host has them.
	Addresses []string
}

// List gives the names that stand in the files, which are read as [Load] does, and of
// what the files name none is opened. It is for completion and scripts, so a config
// with mistakes has names too; the error tells what could not be read, and the names
// are those of the rest.
func List(ctx context.Context, files []string, o Options) (Names, error) {
	l := newLoader(o)
	l.local = func(*source) resource.Files { return unopened{} }
	defer l.close()
	if err := l.open(ctx, files); err != nil {
		return Names{}, err
	}
	unread := l.found.err()
	l.readAll()
	names := Names{Hosts: suggest.Sorted(l.hosts), Services: suggest.Sorted(l.services)}
	for _, s := range l.services {
		for _, d := range s.resources {
			names.Addresses = append(names.Addresses, string(d.resource.Address))
		}
	}
	slices.Sort(names.Addresses)
	names.Addresses = slices.Compact(names.Addresses)
	return names, unread
}

// unopened has every file, without anything in it.
type unopened struct{}

// Load implements [resource.Files].
func (unopened) Load(string) (doc.Content, error) { return doc.Content{Bytes: []byte{}}, nil }

// Open implements [resource.Files].
func (unopened) Open(string) (resource.LocalFile, error) { return nil, errors.New("it is not opened") }

const (
	// mostEntries and mostConfigs bound the search for configs in a folder.
	mostEntries = 1000
	mostConfigs = 16
	// largestFound is how many bytes a config has at most that is found.
	largestFound = 1 << 20
)

// Find gives the configs in a folder, by name: the files ending in .json or .jsonnet
// that have the schema of one, or what looks like it. Where the folder can't be read
// there are none.
func Find(folder string) []string {
	dir, err := os.Open(folder)
	if err != nil {
		return nil
	}
	defer dir.Close()
	// What was read before an error counts.
	entries, _ := dir.ReadDir(mostEntries)
	var found []string
	for _, entry := range entries {
		ending := filepath.Ext(entry.Name())
		if (ending == ".json" || ending == ".jsonnet") && entry.Type()&(os.ModeDevice|os.ModeNamedPipe|os.ModeSocket|os.ModeDir) == 0 {
			found = append(found, filepath.Join(folder, entry.Name()))
		}
	}
	slices.Sort(found)
	found = slices.DeleteFunc(found, func(name string) bool { return !seemsConfig(name) })
	return found[:min(len(found), mostConfigs)]
}

// imported is a file that a Jsonnet program takes as a value.
var imported = regexp.MustCompile(`\bimport\s*(?:'([^']+)'|"([^"]+)")`)

// seemsConfig looks at a file as far as it takes to pass over other documents. What a
// Jsonnet program comes to is not known before it has run: it is one that names the
// schema, or a file beside it that does.
func seemsConfig(name string) bool {
	raw, ok := textOf(name)
	switch {
	case !ok:
		return false
	case isJsonnet(name):
		return namesSchema(raw) || slices.ContainsFunc(imported.FindAllSubmatch(raw, mostConfigs), func(found [][]byte) bool {
			beside, ok := textOf(filepath.Join(filepath.Dir(name), string(found[1])+string(found[2])))
			return ok && namesSchema(beside)
		})
	case !namesSchema(raw):
		return false
	}
	document, err := jsonx.Check(name, raw)
	// One that is being written is no less a config.
	return err != nil || document.Schema() == string(doc.SchemaConfig)
}

func namesSchema(raw []byte) bool { return bytes.Contains(raw, []byte(doc.SchemaConfig)) }

// textOf reads a regular file that is not too large for a config that is found.
func textOf(name string) ([]byte, bool) {
	// A link may lead to anything.
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() || info.Size() > largestFound {
		return nil, false
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, false
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, largestFound))
	return raw, err == nil
}
