package transport_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hostkit/pkg/shell"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/relay"
	"hostkit/pkg/transport/sshtest"
)

// connections are the two ways to reach a host.
func connections(t *testing.T) map[string]*transport.Conn {
	t.Helper()
	return map[string]*transport.Conn{
		"ssh":   connect(t, targetOf(t, passwordServer(t)), transport.Options{}),
		"local": connect(t, transport.Target{Name: "here", Local: true}, transport.Options{}),
	}
}

func open(t *testing.T, conn *transport.Conn) shell.Stream {
	t.Helper()
	stream, err := conn.Shell(t.Context(), transport.Privilege{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stream.Close() })
	return stream
}

// send writes what the receiver's bootstrap evaluates in place of the receiver.
func send(t *testing.T, stream shell.Stream, script string) {
	t.Helper()
	script = strings.TrimRight(script, "\n")
	if _, err := io.WriteString(stream.Stdin, itoa(len(script))+"\n"+script); err != nil {
		t.Fatal(err)
	}
}

func TestStreamsAreApart(t *testing.T) {
	t.Parallel()
	for name, conn := range connections(t) {
		t.Run(name, func(t *testing.T) {
			stream := open(t, conn)
			send(t, stream, `cat; echo out; echo err >&2; exit 3`)
			if _, err := io.WriteString(stream.Stdin, "\x00\xff\n"); err != nil {
				t.Fatal(err)
			}
			if err := stream.Stdin.Close(); err != nil {
				t.Fatal(err)
			}
			if out, err := readAll(t, stream.Stdout), readAll(t, stream.Stderr); out != "\x00\xff\nout\n" || err != "err\n" {
				t.Errorf("stdout %q, stderr %q", out, err)
			}
			checkExit(t, stream, transport.ExitError{Status: 3})
		})
	}
}

// checkExit closes the stream of a program that has ended.
func checkExit(t *testing.T, stream shell.Stream, want transport.ExitError) {
	t.Helper()
	var exit *transport.ExitError
	if err := stream.Close(); !errors.As(err, &exit) || *exit != want {
		t.Errorf("exit %v, want %v", err, &want)
	}
}

func TestASignalIsReported(t *testing.T) {
	t.Parallel()
	for name, conn := range connections(t) {
		t.Run(name, func(t *testing.T) {
			stream := open(t, conn)
			send(t, stream, `kill -TERM $$`)
			readAll(t, stream.Stdout)
			checkExit(t, stream, transport.ExitError{Status: -1, Signal: "TERM"})
		})
	}
}

// blocked starts a read of each stream and a write that nobody takes, and returns
// when some of that was taken.
func blocked(stream shell.Stream) (done func()) {
	begun := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { _, _ = io.Copy(io.Discard, stream.Stdout) })
	all.Go(func() { _, _ = io.Copy(io.Discard, stream.Stderr) })
	all.Go(func() {
		// More than the window and every buffer.
		for i := range 200 {
			if _, err := stream.Stdin.Write(make([]byte, 64<<10)); err != nil {
				return
			}
			if i == 0 {
				close(begun)
			}
		}
	})
	<-begun
	return all.Wait
}

func TestCloseEndsWhatBlocks(t *testing.T) {
	t.Parallel()
	for name, conn := range connections(t) {
		t.Run(name, func(t *testing.T) {
			for _, closeIt := range map[string]func(shell.Stream) error{
				"stream": func(s shell.Stream) error { return s.Close() },
				"conn":   func(shell.Stream) error { return conn.Close() },
			} {
				stream := open(t, conn)
				send(t, stream, "exec sleep 1000")
				wait := blocked(stream)
				within(t, 3*time.Second, func() {
					if err := closeIt(stream); err != nil {
						t.Error(err)
					}
					wait()
				})
				_ = stream.Close()
				if name == "ssh" {
					break
				}
				conn = connect(t, transport.Target{Name: "here", Local: true}, transport.Options{})
			}
		})
	}
}

func TestNothingIsOpenedAfterClose(t *testing.T) {
	t.Parallel()
	for name, conn := range connections(t) {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				if err := conn.Close(); err != nil {
					t.Error(err)
				}
			}
			if _, err := conn.Shell(t.Context(), transport.Privilege{}); err == nil {
				t.Error("a shell on a closed connection")
			}
		})
	}
}

func TestALostConnectionIsNotAnEnd(t *testing.T) {
	t.Parallel()
	server := passwordServer(t)
	stream := open(t, connect(t, targetOf(t, server), transport.Options{}))
	send(t, stream, "echo here; exec sleep 1000")
	if _, err := io.ReadFull(stream.Stdout, make([]byte, len("here\n"))); err != nil {
		t.Fatal(err)
	}
	server.Drop()
	within(t, 5*time.Second, func() {
		for _, r := range []io.Reader{stream.Stdout, stream.Stderr} {
			_, err := r.Read(make([]byte, 1))
			lost := failure[*transport.LostError](t, err)
			if lost.Code() != "connection_lost" || lost.Silent != 0 {
				t.Errorf("error %+v", lost)
			}
		}
		var err error
		for err == nil {
			_, err = stream.Stdin.Write(make([]byte, 64<<10))
		}
		failure[*transport.LostError](t, err)
	})
}

func TestWritingToAProgramThatEnded(t *testing.T) {
	t.Parallel()
	stream := open(t, connect(t, targetOf(t, passwordServer(t)), transport.Options{}))
	send(t, stream, "exit 0")
	readAll(t, stream.Stdout)
	within(t, 5*time.Second, func() {
		var err error
		for err == nil {
			_, err = stream.Stdin.Write(make([]byte, 64<<10))
		}
		if !errors.Is(err, syscall.EPIPE) {
			t.Errorf("error %v", err)
		}
	})
	if err := stream.Close(); err != nil {
		t.Errorf("a program that ended well: %v", err)
	}
}

// A network that swallows everything: the connection is there, the host is not.
func TestKeepalivesFindASilentHost(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 100)
	server := startServer(t, sshtest.Options{Password: thePassword, Requested: func(string) {
		select {
		case asked <- struct{}{}:
		default:
		}
	}})
	r, err := relay.Start(server.Addr(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	target := accepting(targetAt(t, r.Addr()))
	o := transport.Options{Keepalive: transport.Keepalive{Interval: 50 * time.Millisecond, Count: 3}}
	conn := connect(t, target, o)
	stream := open(t, conn)
	send(t, stream, "echo here; exec sleep 1000")
	if _, err := io.ReadFull(stream.Stdout, make([]byte, len("here\n"))); err != nil {
		t.Fatal(err)
	}
	// Silent, and alive: the answers keep it open.
	for range 10 {
		<-asked
	}
	r.Stall()
	within(t, 5*time.Second, func() {
		_, err := stream.Stdout.Read(make([]byte, 1))
		if lost := failure[*transport.LostError](t, err); lost.Silent < 150*time.Millisecond {
			t.Errorf("given up after %v", lost.Silent)
		}
		if _, err := conn.Shell(t.Context(), transport.Privilege{}); err == nil {
			t.Error("a shell on a lost connection")
		} else {
			failure[transport.Failure](t, err)
		}
	})
}

func TestMoreShellsThanTheServerAllows(t *testing.T) {
	t.Parallel()
	server := startServer(t, sshtest.Options{Password: thePassword, MaxSessions: 2})
	conn := connect(t, targetOf(t, server), transport.Options{})
	open(t, conn)
	second := open(t, conn)
	_, err := conn.Shell(t.Context(), transport.Privilege{})
	if refused := failure[*transport.ShellError](t, err); !strings.Contains(refused.Hint(), "MaxSessions") {
		t.Errorf("hint %q", refused.Hint())
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	// The server notices a moment later.
	deadline := time.Now().Add(10 * time.Second)
	for {
		if stream, err := conn.Shell(t.Context(), transport.Privilege{}); err == nil {
			_ = stream.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("no place became free")
		}
	}
}

func TestABatchOnEveryLoginShell(t *testing.T) {
	t.Parallel()
	for _, login := range [][]string{{"/bin/sh"}, {"bash"}, {"busybox", "sh"}} {
		t.Run(strings.Join(login, " "), func(t *testing.T) {
			t.Parallel()
			server := startServer(t, sshtest.Options{Password: thePassword, Shell: login})
			conn := connect(t, targetOf(t, server), transport.Options{})
			if got := batch(t, conn, shell.New(`printf '%s\n' "$1"`, "it's")); got != "it's\n" {
				t.Errorf("the batch said %q", got)
			}
			line, _ := shell.ExecLine(shell.Become{})
			if got := server.Lines(); len(got) != 1 || got[0] != line {
				t.Errorf("exec lines %q", got)
			}
		})
	}
}

func TestABatchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, conn := range connections(t) {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			within(t, 5*time.Second, func() {
				if _, err := tryBatch(ctx, conn, shell.New("sleep 1000")); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}
