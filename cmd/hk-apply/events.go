package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

const (
	// Nobody waits for who reads the events: a host in the middle of a transaction
	// least of all. What is not taken yet is kept, up to so many bytes; beyond
	// queueOutput what commands print is left out, beyond queueAll everything.
	queueOutput = 1 << 20
	queueAll    = 16 << 20
	// patience is how long in the end the reader may take nothing before the rest is
	// given up.
	patience = 10 * time.Second
)

// listeners write events as JSON lines, in a goroutine of their own.
type listeners struct {
	file *os.File
	mu   sync.Mutex
	// queue is what is not written yet, and size how many bytes that is.
	queue [][]byte
	size  int
	// left counts the events that were left out since the last that was not.
	left int
	err  error
	// more has a value when there is something in the queue or all is over.
	more  chan struct{}
	over  bool
	ended chan struct{}
	// written has a value when something was written.
	written chan struct{}
}

// listen opens what --events names: a file, or a descriptor that the caller
// opened.
func listen(ctx context.Context, to string, stdout any) (*listeners, error) {
	if to == "" {
		return nil, nil
	}
	file, err := openEvents(ctx, to)
	if err != nil {
		return nil, err
	}
	if cli.IsFile(stdout, file) {
		_ = file.Close()
		return nil, cli.Usagef("--events %s: it is stdout, which is for documents", to)
	}
	l := &listeners{
		file: file, more: make(chan struct{}, 1), ended: make(chan struct{}), written: make(chan struct{}, 1),
	}
	protocol := doc.Event{
		Schema: doc.SchemaEvent, Type: doc.EventProtocol, Tool: "hk-apply " + cli.Version,
		At: time.Now().UTC().Format(doc.EventTime),
	}
	line, err := jsonx.Marshal(protocol)
	if err == nil {
		_, err = file.Write(append(line, '\n'))
	}
	// What can't be written to at all is known before a host is changed.
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("write events: %w", err)
	}
	go l.write()
	return l, nil
}

func openEvents(ctx context.Context, to string) (*os.File, error) {
	number, isDescriptor := strings.CutPrefix(to, "fd:")
	switch {
	case to == "-" || number == "1" && isDescriptor:
		return nil, cli.Usagef("--events %s: stdout is for documents", to)
	case !isDescriptor:
		return openFile(ctx, to)
	case number == "2":
		// Messages go there too, and still do when the events are over.
		fd, err := syscall.Dup(syscall.Stderr)
		if err != nil {
			return nil, fmt.Errorf("--events %s: %w", to, err)
		}
		syscall.CloseOnExec(fd)
		return os.NewFile(uintptr(fd), to), nil
	}
	fd, err := strconv.ParseUint(number, 10, 31)
	if err != nil {
		return nil, cli.Usagef("--events %s: want fd:N with a number", to)
	}
	return os.NewFile(uintptr(fd), to), nil
}

// openFile opens a file to append to it. Where that is a pipe with a name, it waits
// for who reads it, as a shell does, until it is interrupted.
func openFile(ctx context.Context, name string) (*os.File, error) {
	for {
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND|syscall.O_NONBLOCK, 0o600)
		if !errors.Is(err, syscall.ENXIO) {
			return file, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("--events %s: nobody reads it: %w", name, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// emit puts an event into the queue.
func (l *listeners) emit(e doc.Event) {
	if l == nil {
		return
	}
	line, err := jsonx.Marshal(e)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.err != nil:
		return
	case err != nil:
		l.err = fmt.Errorf("write events: %w", err)
	case l.size > queueAll, l.size > queueOutput && e.Type == doc.EventOutput:
		l.left++
	default:
		l.tellLeft(e.At)
		l.put(line)
	}
}

// tellLeft puts a note into the queue where events were left out before.
func (l *listeners) tellLeft(at string) {
	if l.left == 0 {
		return
	}
	note := doc.Event{
		Schema: doc.SchemaEvent, Type: doc.EventNote, At: at, Status: doc.NoteLeftOut,
		Message: cli.Count(l.left, "event") + " left out: the reader was too slow",
	}
	if line, err := jsonx.Marshal(note); err == nil {
		l.put(line)
	}
	l.left = 0
}

func (l *listeners) put(line []byte) {
	l.queue = append(l.queue, append(line, '\n'))
	l.size += len(line) + 1
	wake(l.more)
}

func wake(to chan struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}

// write writes what is in the queue until all is over. After an error it only
// empties it: a log that can't be written stops no change.
func (l *listeners) write() {
	defer close(l.ended)
	for {
		l.mu.Lock()
		queue, over := l.queue, l.over
		l.queue = nil
		l.mu.Unlock()
		if len(queue) == 0 {
			if over {
				return
			}
			<-l.more
			continue
		}
		for _, line := range queue {
			_, err := l.file.Write(line)
			l.mu.Lock()
			l.size -= len(line)
			if err != nil && l.err == nil {
				l.err = fmt.Errorf("write events: %w", err)
			}
			failed := l.err != nil
			l.mu.Unlock()
			wake(l.written)
			if failed {
				return
			}
		}
	}
}

// Close waits until the reader has all, as long as it takes any, and tells whether
// every event was written.
func (l *listeners) Close() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	l.tellLeft(time.Now().UTC().Format(doc.EventTime))
	l.over = true
	l.mu.Unlock()
	wake(l.more)
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		select {
		case <-l.ended:
			return errors.Join(l.err, l.file.Close())
		case <-l.written:
			limit.Reset(patience)
		case <-limit.C:
			// The write that hangs ends with the process.
			return fmt.Errorf("write events: the reader has taken none for %s, and does not get the rest", patience)
		}
	}
}
