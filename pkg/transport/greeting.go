package transport

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
)

// greeting is what a server says before anything is encrypted: lines of text, its
// version line, and the packet KEXINIT that begins the key exchange (RFC 4253,
// sections 4.2, 6 and 7.1). The library reads it too, and keeps what we need to
// itself.
type greeting struct {
	mu   sync.Mutex
	held []byte
	// over says that the whole of it was heard, or that it is none.
	over bool
	// begun says that the server has begun the key exchange; keyExchanges are the
	// names that it lists there.
	begun        bool
	keyExchanges []string
}

const (
	// maxGreeting is more than a server may say: lines before the version (the
	// library takes 1,024 of 255 bytes) and a packet of 35,000 bytes (RFC 4253, section
	// 6.1).
	maxGreeting = 1024*256 + 35000
	msgKexInit  = 20
	// strictServer is how a server says that it counts packets from the first one
	// on (OpenSSH's PROTOCOL, section 1.10), which ends CVE-2023-48795.
	strictServer = "kex-strict-s-v00@openssh.com"
)

// read is told everything that the server sends.
func (g *greeting) read(p []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.over {
		return
	}
	g.held = append(g.held, p...)
	rest := g.held
	for {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		if !whole {
			g.stop(len(g.held) > maxGreeting)
			return
		}
		rest = after
		if bytes.HasPrefix(line, []byte("SSH-")) {
			break
		}
	}
	const header = 4
	if len(rest) < header {
		return
	}
	size := int(binary.BigEndian.Uint32(rest))
	if size > maxGreeting {
		g.stop(true)
		return
	}
	if len(rest) < header+size {
		return
	}
	g.keyExchanges, g.begun = parseKexInit(rest[header : header+size])
	g.stop(true)
}

func (g *greeting) stop(over bool) {
	if over {
		g.held, g.over = nil, true
	}
}

// parseKexInit returns the first of the lists of a KEXINIT packet: a byte for the
// length of the padding, the message number, a cookie of 16 bytes, the list's
// length, the list.
func parseKexInit(packet []byte) ([]string, bool) {
	const lists = 1 + 1 + 16
	if len(packet) < lists+4 || packet[1] != msgKexInit {
		return nil, false
	}
	size := binary.BigEndian.Uint32(packet[lists:])
	list := packet[lists+4:]
	if uint64(size) > uint64(len(list)) {
		return nil, false
	}
	return strings.Split(string(list[:size]), ","), true
}

// hasBegun says that the server began the key exchange.
func (g *greeting) hasBegun() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.begun
}

// stranger returns the first line of a server that is none of SSH, or whose last
// word is another one than "too many logins"; empty for all others.
func (g *greeting) stranger() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	line, _, _ := bytes.Cut(g.held, []byte("\n"))
	line = bytes.TrimSpace(line)
	for _, usual := range []string{"SSH-", "Exceeded MaxStartups"} {
		n := min(len(line), len(usual))
		if string(line[:n]) == usual[:n] {
			return ""
		}
	}
	return string(line)
}

// strict says that the server has the strict key exchange.
func (g *greeting) strict() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Contains(g.keyExchanges, strictServer)
}
