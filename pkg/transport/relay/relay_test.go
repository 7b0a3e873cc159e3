package relay_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"

	"hostkit/pkg/transport/relay"
	"hostkit/pkg/transport/sshtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve answers each connection on a free port with handle.
func serve(t *testing.T, handle func(*net.TCPConn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			handle(conn.(*net.TCPConn))
			conn.Close()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	return listener.Addr().String()
}

func start(t *testing.T, target string, latency time.Duration) *relay.Relay {
	t.Helper()
	r, err := relay.Start(target, latency)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func dial(t *testing.T, r *relay.Relay) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

func echo(conn *net.TCPConn) { _, _ = io.Copy(conn, conn) }

func ask(t *testing.T, conn net.Conn, question string) {
	t.Helper()
	if _, err := io.WriteString(conn, question); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(question))
	if _, err := io.ReadFull(conn, got); err != nil {
		t.Fatal(err)
	}
	if string(got) != question {
		t.Fatalf("got %q, want %q", got, question)
	}
}

// A real sshd, a bare program: 7 turns for the login, 2 for the channel, 1 for
// the script since sshd opens the channel with a window of 0, 1 for the end.
func TestABareProgramTakesElevenTurns(t *testing.T) {
	t.Parallel()
	key, err := sshtest.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	sshd, err := sshtest.StartOpenSSH(t.TempDir(), key.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sshd.Close)
	// On a machine that is busy, a pause of the server within an answer looks like
	// two answers: load can only add turns.
	var seen []int
	for range 3 {
		r := start(t, sshd.Addr(), 50*time.Millisecond)
		bareProgram(t, r.Addr(), sshd.User(), key, sshd.HostKey())
		// The last turn is the client's answer to the end of the channel.
		r.Wait()
		if seen = append(seen, r.Total()); slices.Min(seen) == 11 {
			return
		}
	}
	t.Errorf("turns: %v, want 11", seen)
}

// bareProgram logs in and feeds one script to a shell.
func bareProgram(t *testing.T, address, user string, key ssh.Signer, hostKey ssh.PublicKey) {
	t.Helper()
	client, err := ssh.Dial("tcp", address, &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.FixedHostKey(hostKey),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	session.Stdout = &out
	stdin, err := session.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Start("/bin/sh"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(stdin, "echo done\n"); err != nil {
		t.Fatal(err)
	}
	stdin.Close()
	if err := session.Wait(); err != nil || out.String() != "done\n" {
		t.Fatalf("the script said %q, %v", out.String(), err)
	}
	// The answer to the end of the channel.
	session.Close()
}

func TestAnswersThatDependCostATurnEach(t *testing.T) {
	t.Parallel()
	r := start(t, serve(t, echo), 20*time.Millisecond)
	conn := dial(t, r)
	began := time.Now()
	for range 5 {
		ask(t, conn, "ping")
	}
	if elapsed := time.Since(began); elapsed < 5*40*time.Millisecond {
		t.Errorf("5 round trips of 40 ms took %v", elapsed)
	}
	conn.CloseWrite()
	if got := r.Turns(); !slices.Equal(got, []int{6}) {
		t.Errorf("turns: %v, want [6]", got)
	}
	ask(t, dial(t, r), "another")
	if got := r.Total(); got != 8 {
		t.Errorf("total: %d, want 8", got)
	}
}

// A client that speaks in the middle of the server's answer has not waited for
// it.
func TestSpeakingDuringABurstCostsNothing(t *testing.T) {
	t.Parallel()
	r := start(t, serve(t, func(conn *net.TCPConn) {
		_, _ = io.CopyN(io.Discard, conn, 1)
		for range 10 {
			_, _ = conn.Write(make([]byte, 1000))
		}
		_, _ = io.Copy(io.Discard, conn)
	}), 200*time.Millisecond)
	conn := dial(t, r)
	if _, err := conn.Write([]byte("?")); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := io.ReadFull(conn, make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte("adjust")); err != nil {
			t.Fatal(err)
		}
	}
	conn.CloseWrite()
	if _, err := io.ReadAll(conn); err != nil {
		t.Fatal(err)
	}
	// The first adjustment follows the burst's first byte and is a turn; the
	// others are within it.
	if got := r.Turns(); !slices.Equal(got, []int{3}) {
		t.Errorf("turns: %v, want [3]", got)
	}
}

func TestOrderAndHalfCloseAreKept(t *testing.T) {
	t.Parallel()
	r := start(t, serve(t, func(conn *net.TCPConn) {
		all, _ := io.ReadAll(conn)
		_, _ = conn.Write(all)
	}), 5*time.Millisecond)
	conn := dial(t, r)
	sent := make([]byte, 3<<20)
	for i := range sent {
		sent[i] = byte(i * i / 251)
	}
	go func() {
		for chunk := range slices.Chunk(sent, 10007) {
			_, _ = conn.Write(chunk)
		}
		_ = conn.CloseWrite()
	}()
	got, err := io.ReadAll(conn)
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("got %d bytes of %d, same: %v, %v", len(got), len(sent), bytes.Equal(got, sent), err)
	}
}

func TestCutsAfterBytes(t *testing.T) {
	t.Parallel()
	r := start(t, serve(t, echo), time.Millisecond)
	r.CutToClient(7)
	conn := dial(t, r)
	if _, err := conn.Write(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(conn); len(got) != 7 {
		t.Errorf("got %d bytes, want 7", len(got))
	}
	r.CutToClient(0)
	r.CutToServer(5)
	conn = dial(t, r)
	if _, err := conn.Write(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(conn); len(got) > 5 {
		t.Errorf("got %d bytes, want at most 5", len(got))
	}
}

func TestResetsAfterBytes(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	r := start(t, serve(t, func(conn *net.TCPConn) {
		_, err := io.Copy(io.Discard, conn)
		ended <- err
	}), time.Millisecond)
	r.CutToServer(5)
	r.Break(relay.Reset)
	conn := dial(t, r)
	if _, err := conn.Write(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	<-r.Faulted()
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client reads: %v", err)
	}
	if err := <-ended; !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the server reads: %v", err)
	}
	if there, back := r.Passed(); there != 5 || back != 0 {
		t.Errorf("passed: %d and %d bytes, want 5 and 0", there, back)
	}
}

func TestFallsSilentAfterBytesAndResumes(t *testing.T) {
	t.Parallel()
	r := start(t, serve(t, echo), time.Millisecond)
	r.CutToServer(3)
	r.Break(relay.Silence)
	conn := dial(t, r)
	if _, err := io.WriteString(conn, "abcdef"); err != nil {
		t.Fatal(err)
	}
	<-r.Faulted()
	if there, _ := r.Passed(); there != 3 {
		t.Errorf("passed: %d bytes, want 3", there)
	}
	r.Resume()
	got := make([]byte, 6)
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != "abcdef" {
		t.Errorf("after the silence: %q, %v", got, err)
	}
}

// A client that dies while nothing is passed on leaves the server waiting.
func TestADeathIsNotPassedOnInAStall(t *testing.T) {
	t.Parallel()
	said := make(chan error, 1)
	r := start(t, serve(t, func(conn *net.TCPConn) {
		echoed := make([]byte, 6)
		if _, err := io.ReadFull(conn, echoed); err == nil {
			_, err = conn.Write(echoed)
			if err == nil {
				_, err = conn.Read(echoed)
			}
			said <- err
		}
	}), time.Millisecond)
	conn := dial(t, r)
	ask(t, conn, "before")
	r.Stall()
	if err := conn.SetLinger(0); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	select {
	case err := <-said:
		t.Errorf("the server was told: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	r.Resume()
	if err := <-said; err == nil {
		t.Error("the server was never told")
	}
}

func TestResetsWhatIsThere(t *testing.T) {
	t.Parallel()
	r := start(t, serve(t, echo), time.Millisecond)
	conn := dial(t, r)
	ask(t, conn, "before")
	r.Reset()
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client reads: %v", err)
	}
}

func TestStallsAndResumes(t *testing.T) {
	t.Parallel()
	r := start(t, serve(t, echo), time.Millisecond)
	conn := dial(t, r)
	ask(t, conn, "before")
	r.Stall()
	if _, err := io.WriteString(conn, "held"); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if n, err := conn.Read(make([]byte, 4)); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Fatalf("read during a stall: %d, %v", n, err)
	}
	r.Resume()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != "held" {
		t.Errorf("after the stall: %q, %v", got, err)
	}
	// A stalled relay still closes.
	r.Stall()
}
