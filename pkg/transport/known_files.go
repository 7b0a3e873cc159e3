package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
)

// knownFiles are the known_hosts files of a run. Each is parsed once, and again
// when it has changed: a thousand hosts may ask a file of ten thousand lines.
type knownFiles struct {
	mu    sync.Mutex
	files map[string]*knownFile
	// warned are the files whose malformed lines were told of.
	warned map[string]bool
}

// knownFile is what was read of a file.
type knownFile struct {
	path string
	// turn has one element while somebody reads or writes the file.
	turn chan struct{}
	// state is that of the file when it was read; nil means that it was not.
	state *fileState
	lines []knownLine
	// malformed are those that were passed over.
	malformed []malformedLine
	// count is the number of lines with those that hold no key.
	count int
}

// fileState tells a file from another one, and from what it was before.
type fileState struct {
	device, inode uint64
	size          int64
	// modified is in nanoseconds since 1970.
	modified int64
}

func stateOf(info fs.FileInfo) *fileState {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.Mode().IsRegular() {
		// A device may say something else each time.
		return nil
	}
	return &fileState{uint64(stat.Dev), stat.Ino, info.Size(), info.ModTime().UnixNano()}
}

func (s *fileState) same(now *fileState) bool { return s != nil && now != nil && *s == *now }

// at returns the file at path, which is the caller's until it calls leave.
func (k *knownFiles) at(ctx context.Context, path string) (f *knownFile, leave func(), err error) {
	k.mu.Lock()
	if k.files == nil {
		k.files = map[string]*knownFile{}
	}
	f = k.files[path]
	if f == nil {
		f = &knownFile{path: path, turn: make(chan struct{}, 1)}
		k.files[path] = f
	}
	k.mu.Unlock()
	select {
	case f.turn <- struct{}{}:
		return f, func() { <-f.turn }, nil
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	}
}

// read returns what the files say now; one that is not there is empty. warn, which
// may be nil, is told of lines that are passed over. An error is a
// *KnownHostsError, or the end of ctx.
func (k *knownFiles) read(ctx context.Context, paths []string, warn func(message, hint string)) (knownHosts, error) {
	var hosts knownHosts
	for _, path := range paths {
		file, err := k.readOne(ctx, path)
		if err != nil {
			return knownHosts{}, err
		}
		k.warn(file, warn)
		hosts.files = append(hosts.files, file)
	}
	return hosts, nil
}

func (k *knownFiles) readOne(ctx context.Context, path string) (knownLines, error) {
	f, leave, err := k.at(ctx, path)
	if err != nil {
		return knownLines{}, err
	}
	defer leave()
	if info, err := os.Stat(path); err == nil && f.state.same(stateOf(info)) {
		return f.known(), nil
	}
	open, err := openShared(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return knownLines{path: path}, nil
	}
	if err != nil {
		return knownLines{}, &KnownHostsError{File: path, Err: inner(err)}
	}
	defer open.Close()
	if err := f.parse(open); err != nil {
		return knownLines{}, err
	}
	return f.known(), nil
}

// known is what the file says.
func (f *knownFile) known() knownLines { return knownLines{f.path, f.lines, f.malformed} }

// parse reads the lines of an open file that nobody writes to, unless they are
// known already.
func (f *knownFile) parse(open *os.File) error {
	info, err := open.Stat()
	if err != nil {
		return &KnownHostsError{File: f.path, Err: inner(err)}
	}
	if f.state.same(stateOf(info)) {
		return nil
	}
	f.state, f.lines, f.malformed = nil, nil, nil
	text, err := io.ReadAll(io.NewSectionReader(open, 0, maxKnownHosts+1))
	switch {
	case err != nil:
		return &KnownHostsError{File: f.path, Err: inner(err)}
	case len(text) > maxKnownHosts:
		return &KnownHostsError{File: f.path, Err: fmt.Errorf("more than %d MiB", maxKnownHosts>>20)}
	}
	var lines []knownLine
	var malformed []malformedLine
	number := 0
	for text := range bytes.Lines(text) {
		number++
		line, err := parseKnownLine(text)
		if err != nil && mustBeRead(text) {
			return &KnownHostsError{File: f.path, Err: fmt.Errorf("line %d: %w", number, err)}
		}
		if err != nil {
			malformed = append(malformed, malformedLine{number, strings.ToLower(string(text)), err})
			continue
		}
		if line != nil {
			line.number = number
			lines = append(lines, *line)
		}
	}
	f.state, f.lines, f.malformed, f.count = stateOf(info), lines, malformed, number
	return nil
}

// maxKnownHosts is more than any such file has: a hundred thousand hosts.
const maxKnownHosts = 64 << 20

// appended notes a line that was just written to open and took size bytes, so that
// the file need not be parsed again for each new host.
func (f *knownFile) appended(open *os.File, line string, size int) {
	before := f.state
	f.state = nil
	info, err := open.Stat()
	added, bad := parseKnownLine([]byte(line))
	if before == nil || err != nil || bad != nil || added == nil || info.Size() != before.size+int64(size) {
		// ssh, which knows no lock, has written too: the next one reads it all.
		return
	}
	f.count++
	added.number = f.count
	// Who holds the lines as they were doesn't look beyond them.
	f.lines = append(f.lines, *added)
	f.state = stateOf(info)
}
