package sshtest_test

import (
	"testing"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/transport/sshtest"
)

// A Peer that plays by the rules is a server like any other, also after new keys.
func TestAnHonestPeer(t *testing.T) {
	t.Parallel()
	server := start(t, sshtest.Options{Script: func(p *sshtest.Peer) {
		p.Shell()
		p.KeyExchange()
		p.Send(sshtest.Packet(sshtest.MsgChannelData, p.ID(), "hello"))
		p.Send(sshtest.Packet(sshtest.MsgChannelExtended, p.ID(), uint32(1), "aside"))
		p.Send(sshtest.Packet(sshtest.MsgChannelRequest, p.ID(), "exit-status", false, uint32(0)))
		p.Send(sshtest.Packet(sshtest.MsgChannelEOF, p.ID()))
		p.Send(sshtest.Packet(sshtest.MsgChannelClose, p.ID()))
		p.Hang()
	}})
	out, said, err := run(login(t, server, ssh.Password("any")), "anything", "")
	if out != "hello" || said != "aside" || err != nil {
		t.Errorf("stdout %q, stderr %q, %v", out, said, err)
	}
}
