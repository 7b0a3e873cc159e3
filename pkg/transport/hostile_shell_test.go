package transport_test

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// onTheConnection are answers of a server that has let us in.
var onTheConnection = []hostile{
	{"garbage for a packet", transport.PhaseShell, begun(version, exchange, login, writes(long))},
	{"gone", transport.PhaseShell, begun(version, exchange, login)},
	{"a farewell", transport.PhaseShell, begun(version, exchange, login, sends(packet(sshtest.MsgDisconnect, uint32(11), nasty+long, "")))},
	{"a packet of no type", transport.PhaseShell, begun(version, exchange, login, sends(packet(200, nasty)))},
	{"an empty packet", transport.PhaseShell, begun(version, exchange, login, sends(nil))},
	{"a refused channel", transport.PhaseShell, begun(version, exchange, login, func(p *sshtest.Peer) {
		p.Await(sshtest.MsgChannelOpen)
		p.Send(packet(sshtest.MsgChannelOpenFailure, uint32(0), uint32(4), nasty+long, ""))
		p.Hang()
	})},
	{"a channel that nobody asked for", transport.PhaseShell, begun(version, exchange, login, sends(packet(sshtest.MsgChannelOpenConfirm, uint32(77), uint32(0), uint32(0), uint32(0))))},
	{"a channel with packets of nothing", transport.PhaseShell, begun(version, exchange, login, func(p *sshtest.Peer) {
		p.Await(sshtest.MsgChannelOpen)
		p.Send(packet(sshtest.MsgChannelOpenConfirm, uint32(0), uint32(0), uint32(1<<20), uint32(0)))
		p.Hang()
	})},
	{"data for no channel", transport.PhaseShell, begun(version, exchange, login, sends(packet(sshtest.MsgChannelData, uint32(9), nasty)))},
	{"channels to us for ever", transport.PhaseShell, begun(version, exchange, login,
		sendsForever(packet(sshtest.MsgChannelOpen, "forwarded-tcpip"+nasty, uint32(0), uint32(1<<20), uint32(1<<15), nasty)))},
	{"an agent of ours is asked for", transport.PhaseShell, begun(version, exchange, login,
		sendsForever(packet(sshtest.MsgChannelOpen, "auth-agent@openssh.com", uint32(0), uint32(1<<20), uint32(1<<15))))},
	{"requests for ever", transport.PhaseShell, begun(version, exchange, login,
		sendsForever(packet(sshtest.MsgGlobalRequest, "hostkeys-00@openssh.com", false, nasty), packet(sshtest.MsgGlobalRequest, "keepalive@openssh.com", true)))},
	{"new keys for ever", transport.PhaseShell, begun(version, exchange, login, func(p *sshtest.Peer) {
		for p.Err == nil {
			p.KeyExchange()
		}
	})},
	{"another host key than before", transport.PhaseShell, begun(version, exchange, login, func(p *sshtest.Peer) {
		p.Key = otherKey
		p.KeyExchange()
		p.Hang()
	})},
	{"a second login", transport.PhaseShell, begun(version, exchange, login, sends(packet(sshtest.MsgUserAuthSuccess), packet(sshtest.MsgServiceAccept, "x")))},
}

// inTheShell are answers of a server that has opened a channel.
var inTheShell = []hostile{
	{"no commands", transport.PhaseShell, begun(version, exchange, login, channel(1<<20), answers(func(p *sshtest.Peer) []byte {
		return packet(sshtest.MsgChannelFailure, p.ID())
	}))},
	{"an answer that is none", transport.PhaseShell, begun(version, exchange, login, channel(1<<20), answers(func(p *sshtest.Peer) []byte {
		return packet(sshtest.MsgChannelSuccess)
	}))},
	{"closed in place of an answer", transport.PhaseShell, begun(version, exchange, login, channel(1<<20), answers(func(p *sshtest.Peer) []byte {
		return packet(sshtest.MsgChannelClose, p.ID())
	}))},
	{"more than the window", batchPhase, begun((*sshtest.Peer).Shell, func(p *sshtest.Peer) {
		for p.Err == nil {
			p.Send(packet(sshtest.MsgChannelData, p.ID(), strings.Repeat("x", 32<<10)))
		}
	})},
	{"a window that overflows", batchPhase, begun((*sshtest.Peer).Shell, func(p *sshtest.Peer) {
		p.Send(packet(sshtest.MsgChannelWindow, p.ID(), uint32(0xffffffff)))
		p.Hang()
	})},
	{"a window of nothing for ever", transport.PhaseShell, begun(version, exchange, login, channel(0), runLine, (*sshtest.Peer).Hang)},
	{"an end without an exit status", batchPhase, begun((*sshtest.Peer).Shell, func(p *sshtest.Peer) {
		p.Send(packet(sshtest.MsgChannelEOF, p.ID()))
		p.Hang()
	})},
	{"a channel that closes", batchPhase, begun((*sshtest.Peer).Shell, func(p *sshtest.Peer) {
		p.Send(packet(sshtest.MsgChannelClose, p.ID()))
		p.Hang()
	})},
	{"an exit status before anything", batchPhase, begun((*sshtest.Peer).Shell, func(p *sshtest.Peer) {
		p.Send(packet(sshtest.MsgChannelRequest, p.ID(), "exit-status", false, uint32(0)))
		p.Send(packet(sshtest.MsgChannelEOF, p.ID()))
		p.Send(packet(sshtest.MsgChannelClose, p.ID()))
		p.Hang()
	})},
	{"an exit by a signal that is none", batchPhase, begun((*sshtest.Peer).Shell, func(p *sshtest.Peer) {
		p.Send(packet(sshtest.MsgChannelRequest, p.ID(), "exit-signal", false, nasty, true, nasty, nasty))
		p.Send(packet(sshtest.MsgChannelClose, p.ID()))
		p.Hang()
	})},
	{"exit statuses for ever", transport.PhaseShell, begun((*sshtest.Peer).Shell, func(p *sshtest.Peer) {
		p.Forever(packet(sshtest.MsgChannelRequest, p.ID(), "exit-status", true, uint32(7)))
	})},
	{"words after the last word", batchPhase, begun((*sshtest.Peer).Shell, func(p *sshtest.Peer) {
		p.Send(packet(sshtest.MsgChannelEOF, p.ID()))
		p.Send(packet(sshtest.MsgChannelData, p.ID(), nasty))
		p.Send(packet(sshtest.MsgChannelClose, p.ID()))
		p.Hang()
	})},
	{"noise in place of an answer", batchPhase, begun((*sshtest.Peer).Shell, func(p *sshtest.Peer) {
		p.Send(packet(sshtest.MsgChannelData, p.ID(), nasty+"\n"))
		p.Send(packet(sshtest.MsgChannelExtended, p.ID(), uint32(1), nasty+"\n"))
		p.Send(packet(sshtest.MsgChannelExtended, p.ID(), uint32(2), nasty+"\n"))
		p.Send(packet(sshtest.MsgChannelClose, p.ID()))
		p.Hang()
	})},
	{"a farewell", batchPhase, begun((*sshtest.Peer).Shell, sends(packet(sshtest.MsgDisconnect, uint32(11), nasty+long, "")))},
}

// answers answers the next request on the channel.
func answers(answer func(*sshtest.Peer) []byte) func(*sshtest.Peer) {
	return func(p *sshtest.Peer) {
		p.Await(sshtest.MsgChannelRequest)
		p.Send(answer(p))
		p.Hang()
	}
}

// otherKey is a host key that no server of these tests begins with.
var otherKey = func() ssh.Signer {
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		panic(err)
	}
	return signer
}()

// What an honest server may do at any time does no harm.
func TestServersThatAreOnlyOdd(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]sshtest.Options{
		"keys exchanged anew all the time": {Config: ssh.Config{RekeyThreshold: 256}},
		"one session":                      {MaxSessions: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.Password = thePassword
			if phase, err := useUp(t.Context(), targetOf(t, startServer(t, o)), transport.Options{}); err != nil {
				t.Errorf("%s: %v", phase, err)
			}
		})
	}
}
