package transport_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"unicode"

	"hostkit/pkg/shell"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// batchPhase is what comes after the last phase that has a limit of transport's.
const batchPhase transport.Phase = "batch"

// errWrongSuccess says that a batch ended well and its output is not the host's.
var errWrongSuccess = errors.New("a wrong success")

// useUp connects, opens a shell and runs a batch in it; the phase is the one
// that failed.
func useUp(ctx context.Context, target transport.Target, o transport.Options) (transport.Phase, error) {
	n := transport.NewNetwork()
	defer n.Close()
	return useUpOn(ctx, n, target, o)
}

// useUpOn is useUp on a network whose bastions may be there already.
func useUpOn(ctx context.Context, n *transport.Network, target transport.Target, o transport.Options) (transport.Phase, error) {
	conn, err := n.Connect(ctx, target, o)
	if err != nil {
		return phaseOf(err), err
	}
	defer conn.Close()
	stream, err := conn.Shell(ctx, transport.Privilege{})
	if err != nil {
		return transport.PhaseShell, err
	}
	defer stream.Close()
	session, err := shell.NewSession(ctx, stream)
	if err != nil {
		return batchPhase, err
	}
	session.StartWithin(conn.ShellLimit())
	var got []string
	err = session.RunLast(ctx, []shell.Step{{Script: shell.New("echo done")}}, func(_ int, r shell.Result) error {
		got = append(got, string(r.Stdout)+string(r.Stderr))
		return nil
	})
	var late *transport.PhaseError
	if errors.As(err, &late) {
		return late.Phase, err
	}
	if err == nil && (len(got) != 1 || got[0] != "done\n") {
		err = errWrongSuccess
	}
	return batchPhase, err
}

// phaseOf is the phase that an error of Connect names. What is refused during
// the key exchange and at the login has errors of its own, and so has a jump host
// that does not connect to the next.
func phaseOf(err error) transport.Phase {
	var phase *transport.PhaseError
	var refused *transport.LoginError
	var forward *transport.ForwardError
	var lost *transport.LostError
	switch {
	case errors.As(err, &phase):
		return phase.Phase
	case errors.As(err, &refused):
		return transport.PhaseLogin
	case errors.As(err, &forward), errors.As(err, &lost):
		return transport.PhaseConnect
	}
	return transport.PhaseKeyExchange
}

// mustBeTyped checks what holds for every error that a person may see.
func mustBeTyped(t *testing.T, err error) {
	t.Helper()
	var coded interface {
		error
		Code() string
	}
	if errors.Is(err, errWrongSuccess) || !errors.As(err, &coded) || coded.Code() == "" {
		t.Errorf("%T: %v", err, err)
		return
	}
	text := err.Error()
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		text += hinted.Hint()
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
		t.Errorf("it would reach the terminal: %q", text)
	}
	if strings.Contains(text, thePassword) || strings.Contains(text, "EOF") || len(text) > 2000 {
		t.Errorf("not for people: %q", text)
	}
}

type hostile struct {
	name   string
	phase  transport.Phase
	script func(*sshtest.Peer)
}

var (
	packet = sshtest.Packet
	nasty  = "\x1b]0;owned\x07\r\x00\u202e\xff "
	long   = strings.Repeat("A\x1b", 100_000)
)

// begun is a script whose first part is honest.
func begun(parts ...func(*sshtest.Peer)) func(*sshtest.Peer) {
	return func(p *sshtest.Peer) {
		for _, part := range parts {
			part(p)
		}
	}
}

func sends(packets ...[]byte) func(*sshtest.Peer) {
	return func(p *sshtest.Peer) {
		for _, b := range packets {
			p.Send(b)
		}
		p.Hang()
	}
}

func sendsForever(packets ...[]byte) func(*sshtest.Peer) {
	return func(p *sshtest.Peer) { p.Forever(packets...) }
}

func writes(b string) func(*sshtest.Peer) {
	return func(p *sshtest.Peer) {
		p.Write([]byte(b))
		p.Hang()
	}
}

func lists(change map[int]string) func(*sshtest.Peer) {
	return func(p *sshtest.Peer) {
		p.Algorithms = sshtest.Algorithms(change)
		p.KeyExchange()
		p.Hang()
	}
}

var (
	version  = (*sshtest.Peer).Version
	exchange = (*sshtest.Peer).KeyExchange
	service  = (*sshtest.Peer).Service
	login    = (*sshtest.Peer).Login
	runLine  = (*sshtest.Peer).Exec
)

func channel(window uint32) func(*sshtest.Peer) {
	return func(p *sshtest.Peer) { p.Channel(window) }
}

// request answers the next request to log in.
func request(answer []byte) func(*sshtest.Peer) {
	return func(p *sshtest.Peer) {
		p.Await(sshtest.MsgUserAuthRequest)
		p.Send(answer)
	}
}

// beforeTheKeys are answers before anything is encrypted.
var beforeTheKeys = []hostile{
	{"another protocol", transport.PhaseKeyExchange, writes("HTTP/1.0 400 Bad Request" + nasty + "\r\n\r\n")},
	{"10 MB before the version", transport.PhaseKeyExchange, func(p *sshtest.Peer) {
		for range 100 {
			p.Write(bytes.Repeat([]byte("welcome\r\n"), 12_000))
		}
		p.Hang()
	}},
	{"a line without an end", transport.PhaseKeyExchange, writes(strings.Repeat("x", 1<<20))},
	{"an old version", transport.PhaseKeyExchange, writes("SSH-1.5-old" + nasty + "\r\n")},
	{"a version with controls", transport.PhaseKeyExchange, writes("SSH-2.0-" + nasty + "\r\n")},
	{"an endless version", transport.PhaseKeyExchange, writes("SSH-2.0-" + long)},
	{"a packet of 4 GB", transport.PhaseKeyExchange, begun(version, writes("\xff\xff\xff\xff"+long))},
	{"a packet of nothing", transport.PhaseKeyExchange, begun(version, writes("\x00\x00\x00\x00\x00"+long))},
	{"more padding than packet", transport.PhaseKeyExchange, begun(version, writes("\x00\x00\x00\x0c\xff"+long))},
	{"the wrong packet", transport.PhaseKeyExchange, begun(version, sends(packet(sshtest.MsgUserAuthSuccess)))},
	{"unimplemented", transport.PhaseKeyExchange, begun(version, sends(packet(sshtest.MsgUnimplemented, uint32(0))))},
	{"half a list of algorithms", transport.PhaseKeyExchange, begun(version, sends(sshtest.Algorithms(nil)[:60]))},
	{"no algorithms at all", transport.PhaseKeyExchange, begun(version, lists(map[int]string{0: "", 1: "", 2: "", 3: "", 4: "", 5: "", 6: "", 7: ""}))},
	{"no key exchange", transport.PhaseKeyExchange, begun(version, lists(map[int]string{0: ""}))},
	{"no host key", transport.PhaseKeyExchange, begun(version, lists(map[int]string{1: ""}))},
	{"host keys that are no names", transport.PhaseKeyExchange, begun(version, lists(map[int]string{1: nasty + long}))},
	{"ciphers that are no names", transport.PhaseKeyExchange, begun(version, lists(map[int]string{2: nasty + long}))},
	{"a compression of its own", transport.PhaseKeyExchange, begun(version, lists(map[int]string{6: "zlib", 7: "zlib"}))},
	{"ignored for ever", transport.PhaseKeyExchange, begun(version, sendsForever(packet(2, "")))},
	{"debugging for ever", transport.PhaseKeyExchange, begun(version, sendsForever(packet(4, true, nasty, "")))},
	{"a farewell", transport.PhaseKeyExchange, begun(version, sends(packet(sshtest.MsgDisconnect, uint32(2), nasty+long, "")))},
	{"a reply that is none", transport.PhaseKeyExchange, begun(version, func(p *sshtest.Peer) {
		p.Send(p.Algorithms)
		p.Await(sshtest.MsgKexInit)
		p.Send(packet(sshtest.MsgKexReply, "", "", ""))
		p.Hang()
	})},
	{"a reply with a weak point", transport.PhaseKeyExchange, begun(version, func(p *sshtest.Peer) {
		p.Send(p.Algorithms)
		p.Await(sshtest.MsgKexInit)
		p.Send(packet(sshtest.MsgKexReply, string(p.Key.PublicKey().Marshal()), string(make([]byte, 32)), "x"))
		p.Hang()
	})},
	{"keys before the exchange", transport.PhaseKeyExchange, begun(version, func(p *sshtest.Peer) {
		p.Send(p.Algorithms)
		p.Send(packet(sshtest.MsgNewKeys))
		p.Hang()
	})},
}

// duringTheLogin are answers of a server that has proved its key.
var duringTheLogin = []hostile{
	{"garbage for a packet", transport.PhaseLogin, begun(version, exchange, writes(long))},
	{"an early answer", transport.PhaseLogin, begun(version, exchange, sends(packet(sshtest.MsgUserAuthSuccess)))},
	{"no service", transport.PhaseLogin, begun(version, exchange, sends(packet(sshtest.MsgUnimplemented, uint32(3))))},
	{"a service without a name", transport.PhaseLogin, begun(version, exchange, sends(packet(sshtest.MsgServiceAccept)))},
	{"a farewell", transport.PhaseLogin, begun(version, exchange, sends(packet(sshtest.MsgDisconnect, uint32(11), nasty+long, "")))},
	{"gone after none", transport.PhaseLogin, begun(version, exchange, service, func(p *sshtest.Peer) { p.Await(sshtest.MsgUserAuthRequest) })},
	{"a failure without methods", transport.PhaseLogin, begun(version, exchange, service, request(packet(sshtest.MsgUserAuthFailure)), (*sshtest.Peer).Hang)},
	{"methods that are no names", transport.PhaseLogin, begun(version, exchange, service, request(packet(sshtest.MsgUserAuthFailure, nasty+","+long, false)), (*sshtest.Peer).Hang)},
	{"the same failure for ever", transport.PhaseLogin, begun(version, exchange, service, sendsForever(packet(sshtest.MsgUserAuthFailure, "password,keyboard-interactive,publickey", true)))},
	{"banners for ever", transport.PhaseLogin, begun(version, exchange, service, sendsForever(packet(sshtest.MsgUserAuthBanner, nasty+long, "")))},
	{"a banner that is none", transport.PhaseLogin, begun(version, exchange, service, sends(packet(sshtest.MsgUserAuthBanner)))},
	{"a question without an end", transport.PhaseLogin, begun(version, exchange, service,
		request(packet(sshtest.MsgUserAuthFailure, "keyboard-interactive", false)),
		sendsForever(packet(sshtest.MsgUserAuthInfo, "", "", "", uint32(0))))},
	{"a question without text", transport.PhaseLogin, begun(version, exchange, service,
		request(packet(sshtest.MsgUserAuthFailure, "keyboard-interactive", false)),
		sends(packet(sshtest.MsgUserAuthInfo, nasty, nasty, nasty, uint32(0xffffffff))))},
	{"questions for everything", transport.PhaseLogin, begun(version, exchange, service,
		request(packet(sshtest.MsgUserAuthFailure, "keyboard-interactive", false)),
		sends(packet(sshtest.MsgUserAuthInfo, nasty, nasty, nasty, uint32(2), nasty+long, true, nasty, true)))},
	{"a channel before the login", transport.PhaseLogin, begun(version, exchange, service,
		sends(packet(sshtest.MsgChannelOpen, "session", uint32(0), uint32(1), uint32(1))))},
	{"new keys for ever", transport.PhaseLogin, begun(version, exchange, service, func(p *sshtest.Peer) {
		for p.Err == nil {
			p.KeyExchange()
		}
	})},
}

func TestServersThatAreNone(t *testing.T) {
	t.Parallel()
	for _, group := range [][]hostile{beforeTheKeys, duringTheLogin, onTheConnection, inTheShell} {
		for _, tt := range group {
			t.Run(string(tt.phase)+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				server := startServer(t, sshtest.Options{Script: tt.script})
				phase, err := useUp(t.Context(), targetOf(t, server), transport.Options{Timeouts: quick(tt.phase)})
				if err == nil || phase != tt.phase {
					t.Fatalf("phase %q: %v", phase, err)
				}
				mustBeTyped(t, err)
			})
		}
	}
}
