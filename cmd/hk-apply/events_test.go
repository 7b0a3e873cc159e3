package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func event(kind doc.EventType, message string) doc.Event {
	return doc.Event{
		Schema: doc.SchemaEvent, Type: kind, At: "2026-11-22T20:40:35.000Z",
		Host: doc.HostName{Name: "server"}, Message: message,
	}
}

// read decodes events.
func read(t *testing.T, from io.Reader) []doc.Event {
	t.Helper()
	var all []doc.Event
	for r := jsonx.NewReader("events", from); ; {
		d, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		var e doc.Event
		if err := jsonx.Unmarshal(d, &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
}

// onPipe listens on a pipe, and gives the end to read.
func onPipe(t *testing.T) (*listeners, *os.File) {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	// The listener closes the descriptor that it is named.
	fd, err := syscall.Dup(int(writer.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	writer.Close()
	l, err := listen(t.Context(), fmt.Sprintf("fd:%d", fd), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reader.Close() })
	return l, reader
}

func TestEventsAreAppendedToAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "events")
	for range 2 {
		l, err := listen(t.Context(), file, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		l.emit(event(doc.EventNote, "hello"))
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := read(t, bytes.NewReader(raw))
	if len(all) != 4 || all[0].Type != doc.EventProtocol || !strings.HasPrefix(all[0].Tool, "hk-apply ") || all[1].Message != "hello" {
		t.Errorf("%s", raw)
	}
}

// Who does not read holds nobody up. What is printed is left out first, and what is
// left out is counted.
func TestASlowReaderHoldsNobodyUp(t *testing.T) {
	l, reader := onPipe(t)
	const outputs, changes = 5000, 50
	line := strings.Repeat("x", 1000)
	for i := range outputs {
		l.emit(event(doc.EventOutput, line))
		if i%(outputs/changes) == 0 {
			l.emit(event(doc.EventChangeFinished, "file"))
		}
	}
	closed := make(chan error, 1)
	go func() { closed <- l.Close() }()
	count := map[doc.EventType]int{}
	left := 0
	for _, e := range read(t, reader) {
		count[e.Type]++
		if e.Status == doc.NoteLeftOut {
			var n int
			if _, err := fmt.Sscanf(e.Message, "%d events left out: the reader was too slow", &n); err != nil {
				t.Errorf("%q: %v", e.Message, err)
			}
			left += n
		}
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if count[doc.EventChangeFinished] != changes || left == 0 || count[doc.EventOutput]+left != outputs {
		t.Errorf("%v, %d left out", count, left)
	}
}

// Who is gone is told of at the end.
func TestAReaderThatIsGoneIsToldOf(t *testing.T) {
	l, reader := onPipe(t)
	if _, err := bufio.NewReader(reader).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	reader.Close()
	for range 10 {
		l.emit(event(doc.EventNote, "hello"))
	}
	if err := l.Close(); !errors.Is(err, syscall.EPIPE) || !strings.HasPrefix(err.Error(), "write events: ") {
		t.Errorf("%v", err)
	}
}

func TestEventsThatGoNowhere(t *testing.T) {
	stdout, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	for to, want := range map[string]string{
		"-":           "--events -: stdout is for documents",
		"fd:1":        "--events fd:1: stdout is for documents",
		"fd:x":        "--events fd:x: want fd:N with a number",
		"fd:100":      "write events: write fd:100: bad file descriptor",
		"/none/there": "open /none/there: no such file or directory",
		stdout.Name(): "--events " + stdout.Name() + ": it is stdout, which is for documents",
	} {
		if _, err := listen(t.Context(), to, stdout); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", to, err, want)
		}
	}
	if l, err := listen(t.Context(), "", stdout); l != nil || err != nil {
		t.Errorf("%v, %v", l, err)
	}
}

func TestEventsWaitForTheReaderOfAPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := listen(ctx, pipe, io.Discard); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nobody reads, and: %v", err)
	}
	got := make(chan []byte)
	go func() {
		all, err := os.ReadFile(pipe)
		if err != nil {
			t.Error(err)
		}
		got <- all
	}()
	l, err := listen(t.Context(), pipe, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if all := read(t, bytes.NewReader(<-got)); len(all) != 1 || all[0].Type != doc.EventProtocol {
		t.Errorf("the reader has %v", all)
	}
}

func TestStderrStaysOpenBehindEvents(t *testing.T) {
	if _, err := listen(t.Context(), "fd:2", os.Stderr); err == nil || err.Error() != "--events fd:2: it is stdout, which is for documents" {
		t.Errorf("stderr is stdout, and: %v", err)
	}
	var stat syscall.Stat_t
	if err := syscall.Fstat(syscall.Stderr, &stat); err != nil {
		t.Errorf("stderr: %v", err)
	}
}
