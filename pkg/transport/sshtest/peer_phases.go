package sshtest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"math/big"

	"golang.org/x/crypto/ssh"
)

// KeyExchange exchanges keys, the first time after Version.
func (p *Peer) KeyExchange() {
	p.Send(p.Algorithms)
	theirs := p.Await(MsgKexInit)
	public := p.Await(30) // SSH_MSG_KEX_ECDH_INIT of RFC 5656
	if p.Err != nil || len(public) < 5 {
		return
	}
	if err := p.reply(theirs, public[5:]); p.Err == nil {
		p.Err = err
	}
}

func (p *Peer) reply(theirs, clientPublic []byte) error {
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	remote, err := ecdh.X25519().NewPublicKey(clientPublic)
	if err != nil {
		return err
	}
	shared, err := private.ECDH(remote)
	if err != nil {
		return err
	}
	hostKey, public := string(p.Key.PublicKey().Marshal()), string(private.PublicKey().Bytes())
	secret := ssh.Marshal(struct{ K *big.Int }{new(big.Int).SetBytes(shared)})
	// The first byte of a Packet is no part of what is hashed.
	hash := sha256.Sum256(Packet(0, p.clientVersion, peerVersion, string(theirs), string(p.Algorithms),
		hostKey, string(clientPublic), public, secret)[1:])
	if p.session == nil {
		p.session = hash[:]
	}
	signature, err := p.Key.Sign(rand.Reader, hash[:])
	if err != nil {
		return err
	}
	p.Send(Packet(MsgKexReply, hostKey, public, string(ssh.Marshal(signature))))
	p.Send(Packet(MsgNewKeys))
	if p.sealOut, err = newSealer(p.derive(secret, hash[:], 'B', 'D')); err != nil {
		return err
	}
	p.Await(MsgNewKeys)
	p.sealIn, err = newSealer(p.derive(secret, hash[:], 'A', 'C'))
	return err
}

// derive makes the nonce and the key of one direction (RFC 4253, section 7.2).
func (p *Peer) derive(secret, hash []byte, nonce, key byte) (iv, aesKey []byte) {
	of := func(letter byte) []byte {
		sum := sha256.New()
		for _, part := range [][]byte{secret, hash, {letter}, p.session} {
			sum.Write(part)
		}
		return sum.Sum(nil)
	}
	return of(nonce)[:12], of(key)[:16]
}

// sealer is AES-GCM as RFC 5647 has it.
type sealer struct {
	aead  cipher.AEAD
	nonce []byte
}

func newSealer(nonce, key []byte) (*sealer, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &sealer{aead, nonce}, err
}

// next returns the nonce of the next packet.
func (s *sealer) next() []byte {
	nonce := append([]byte(nil), s.nonce...)
	binary.BigEndian.PutUint64(s.nonce[4:], binary.BigEndian.Uint64(s.nonce[4:])+1)
	return nonce
}

func (s *sealer) seal(payload []byte) []byte {
	packet := frame(payload, aes.BlockSize, 0)
	return s.aead.Seal(packet[:4:4], s.next(), packet[4:], packet[:4])
}

func (s *sealer) open(length, body []byte) ([]byte, error) {
	return s.aead.Open(nil, s.next(), body, length)
}

// Login takes the request to log in and lets the first password in.
func (p *Peer) Login() {
	p.Service()
	p.Await(MsgUserAuthRequest)
	p.Send(Packet(MsgUserAuthFailure, "password", false))
	p.Await(MsgUserAuthRequest)
	p.Send(Packet(MsgUserAuthSuccess))
}

// Service takes the request to log in.
func (p *Peer) Service() {
	p.Await(MsgServiceRequest)
	p.Send(Packet(MsgServiceAccept, "ssh-userauth"))
}

// Channel opens the channel that the client asks for, with a window for what the
// client sends, in bytes.
func (p *Peer) Channel(window uint32) {
	open := p.Await(MsgChannelOpen)
	var msg struct {
		Type string
		ID   uint32
		Rest []byte `ssh:"rest"`
	}
	if p.Err != nil {
		return
	}
	if p.Err = ssh.Unmarshal(open[1:], &msg); p.Err != nil {
		return
	}
	p.channel = msg.ID
	p.Send(Packet(MsgChannelOpenConfirm, p.channel, uint32(0), window, uint32(32<<10)))
}

// ID is the client's number of the channel.
func (p *Peer) ID() uint32 { return p.channel }

// Exec takes the request to run a line.
func (p *Peer) Exec() {
	p.Await(MsgChannelRequest)
	p.Send(Packet(MsgChannelSuccess, p.channel))
}

// Shell goes all the way until a line runs.
func (p *Peer) Shell() {
	p.Version()
	p.KeyExchange()
	p.Login()
	p.Channel(1 << 20)
	p.Exec()
}
