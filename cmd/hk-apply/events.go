package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// listeners write events as JSON lines.
type listeners struct {
	mu   sync.Mutex
	file *os.File
	err  error
}

// listen opens what --events names: a file, or a descriptor that the caller
// opened.
func listen(to string) (*listeners, error) {
	l := &listeners{}
	switch number, isDescriptor := strings.CutPrefix(to, "fd:"); {
	case to == "":
		return l, nil
	case to == "-" || number == "1" && isDescriptor:
		return nil, cli.Usagef("--events %s: stdout is for documents", to)
	case isDescriptor:
		fd, err := strconv.ParseUint(number, 10, 31)
		if err != nil {
			return nil, cli.Usagef("--events %s: want fd:N with a number", to)
		}
		l.file = os.NewFile(uintptr(fd), to)
	default:
		var err error
		if l.file, err = os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
			return nil, err
		}
	}
	l.emit(doc.Event{
		Schema: doc.SchemaEvent, Type: doc.EventProtocol, Tool: "hk-apply " + cli.Version,
		At: time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
	})
	return l, l.err
}

func (l *listeners) emit(e doc.Event) {
	if l.file == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	line, err := jsonx.Marshal(e)
	if err == nil {
		_, err = l.file.Write(append(line, '\n'))
	}
	// A log that can't be written stops no change; it is told at the end.
	if l.err == nil && err != nil {
		l.err = fmt.Errorf("write events: %w", err)
	}
}

// Close tells whether every event was written.
func (l *listeners) Close() error {
	if l.file == nil {
		return nil
	}
	return errors.Join(l.err, l.file.Close())
}
