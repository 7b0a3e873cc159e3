package sshtest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Peer is the server's end of a connection, packet by packet, for what no server
// says. It knows one algorithm of each kind. After an error, the connection's
// end for one, every method does nothing; Err has it.
type Peer struct {
	conn *faultyConn
	in   *bufio.Reader
	// Key is the host key that KeyExchange proves.
	Key ssh.Signer
	// Algorithms is what KeyExchange sends as its SSH_MSG_KEXINIT.
	Algorithms []byte
	// Err is the first error.
	Err error

	clientVersion string
	// session is the first exchange's hash.
	session         []byte
	sealOut, sealIn *sealer
	// channel is the client's number of it.
	channel uint32
}

// The messages that a Peer sends or waits for (RFC 4250, section 4.1.2).
const (
	MsgDisconnect         = 1
	MsgUnimplemented      = 3
	MsgServiceRequest     = 5
	MsgServiceAccept      = 6
	MsgKexInit            = 20
	MsgNewKeys            = msgNewKeys
	MsgKexReply           = 31
	MsgUserAuthRequest    = 50
	MsgUserAuthFailure    = 51
	MsgUserAuthSuccess    = 52
	MsgUserAuthBanner     = 53
	MsgUserAuthInfo       = 60
	MsgGlobalRequest      = 80
	MsgChannelOpen        = 90
	MsgChannelOpenConfirm = 91
	MsgChannelOpenFailure = 92
	MsgChannelWindow      = 93
	MsgChannelData        = 94
	MsgChannelExtended    = 95
	MsgChannelEOF         = 96
	MsgChannelClose       = 97
	MsgChannelRequest     = 98
	MsgChannelSuccess     = 99
	MsgChannelFailure     = 100
)

// peerVersion is a Peer's version line without its end.
const peerVersion = "SSH-2.0-peer"

func newPeer(conn *faultyConn, key ssh.Signer) *Peer {
	return &Peer{conn: conn, in: bufio.NewReader(conn), Key: key, Algorithms: Algorithms(nil)}
}

// Packet is a message of the given type; its members are numbers (uint32),
// single bytes, booleans, and texts with their length before them. []byte stands
// for itself.
func Packet(message byte, members ...any) []byte {
	b := []byte{message}
	for _, m := range members {
		switch m := m.(type) {
		case uint32:
			b = binary.BigEndian.AppendUint32(b, m)
		case byte:
			b = append(b, m)
		case bool:
			b = append(b, map[bool]byte{true: 1}[m])
		case string:
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(m))), m...)
		case []byte:
			b = append(b, m...)
		}
	}
	return b
}

// Algorithms is an SSH_MSG_KEXINIT. A list of change replaces one of the ten of
// RFC 4253, section 7.1, by its number from 0.
func Algorithms(change map[int]string) []byte {
	lists := []string{
		"curve25519-sha256", ssh.KeyAlgoED25519, "aes128-gcm@openssh.com", "aes128-gcm@openssh.com",
		"hmac-sha2-256", "hmac-sha2-256", "none", "none", "", "",
	}
	members := []any{make([]byte, 16)}
	for i, list := range lists {
		if other, ok := change[i]; ok {
			list = other
		}
		members = append(members, list)
	}
	return Packet(MsgKexInit, append(members, false, uint32(0))...)
}

// Write sends bytes as they are.
func (p *Peer) Write(b []byte) {
	if p.Err == nil {
		_, p.Err = p.conn.Write(b)
	}
}

// Hang waits until the connection is closed from the other side.
func (p *Peer) Hang() {
	for p.Err == nil {
		p.Receive()
	}
}

// Forever sends packets, the same again and again, until the connection ends.
func (p *Peer) Forever(packets ...[]byte) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, p.in)
		p.conn.Close()
	}()
	for p.Err == nil {
		for _, packet := range packets {
			p.Send(packet)
		}
	}
	p.conn.Close()
	<-ended
}

// Version sends the version line and takes the client's.
func (p *Peer) Version() {
	p.Write([]byte(peerVersion + "\r\n"))
	if p.Err == nil {
		var line string
		line, p.Err = p.in.ReadString('\n')
		p.clientVersion = strings.TrimRight(line, "\r\n")
	}
}

// Send sends one packet, encrypted once keys were exchanged.
func (p *Peer) Send(payload []byte) {
	if p.sealOut != nil {
		p.Write(p.sealOut.seal(payload))
		return
	}
	p.Write(frame(payload, 8, 4))
}

// frame puts the lengths before and the padding behind a payload (RFC 4253,
// section 6), so that it has a multiple of block bytes; counted is how many bytes
// of the first length count for that.
func frame(payload []byte, block, counted int) []byte {
	padding := block - (1+counted+len(payload))%block
	if padding < 4 {
		padding += block
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(1+len(payload)+padding))
	b = append(append(b, byte(padding)), payload...)
	return append(b, make([]byte, padding)...)
}

// Receive takes one packet; nil after an error.
func (p *Peer) Receive() []byte {
	if p.Err != nil {
		return nil
	}
	var body []byte
	body, p.Err = p.receive()
	if p.Err != nil || len(body) == 0 || len(body) < 1+int(body[0]) {
		return nil
	}
	return body[1 : len(body)-int(body[0])]
}

func (p *Peer) receive() ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(p.in, length[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint32(length[:]))
	if p.sealIn != nil {
		n += p.sealIn.aead.Overhead()
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(p.in, body); err != nil {
		return nil, err
	}
	if p.sealIn == nil {
		return body, nil
	}
	return p.sealIn.open(length[:], body)
}

// Await takes packets until one of the given type comes, and returns it.
func (p *Peer) Await(message byte) []byte {
	for p.Err == nil {
		if packet := p.Receive(); bytes.HasPrefix(packet, []byte{message}) {
			return packet
		}
	}
	return nil
}
