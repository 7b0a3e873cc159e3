package transport

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// kexInit is a KEXINIT packet with one list of key exchanges.
func kexInit(names string) []byte {
	payload := append([]byte{4, msgKexInit}, make([]byte, 16)...)
	payload = binary.BigEndian.AppendUint32(payload, uint32(len(names)))
	payload = append(payload, names...)
	payload = append(payload, make([]byte, 9*4+1+4+4)...)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))), payload...)
}

// greet has a greeting read text in pieces of so many bytes.
func greet(text []byte, piece int) *greeting {
	g := &greeting{}
	for len(text) > 0 {
		n := min(piece, len(text))
		g.read(text[:n])
		text = text[n:]
	}
	return g
}

func TestGreetings(t *testing.T) {
	const version = "SSH-2.0-OpenSSH_9.2p1\r\n"
	strict := append([]byte("Welcome\r\nto us\r\n"+version), kexInit("curve25519-sha256,"+strictServer)...)
	for _, tt := range []struct {
		name          string
		text          []byte
		begun, strict bool
	}{
		{"nothing", nil, false, false},
		{"too many logins", []byte("Exceeded MaxStartups\r\n"), false, false},
		{"a version", []byte(version), false, false},
		{"strict, after lines of text", strict, true, true},
		{"cut short", strict[:len(strict)-1], false, false},
		{"followed by more", append(bytes.Clone(strict), "SSH-2.0-other\r\n"...), true, true},
		{"not strict", append([]byte(version), kexInit("curve25519-sha256,ext-info-s")...), true, false},
		{"a part of the word", append([]byte(version), kexInit("x"+strictServer)...), true, false},
		{"the client's word", append([]byte(version), kexInit("kex-strict-c-v00@openssh.com")...), true, false},
		{"a length of 4 GiB", append([]byte(version), 0xff, 0xff, 0xff, 0xff, 4, msgKexInit), false, false},
		{"an empty packet", append([]byte(version), 0, 0, 0, 0), false, false},
	} {
		for _, piece := range []int{1, 7, 1 << 20} {
			g := greet(tt.text, piece)
			if g.hasBegun() != tt.begun || g.strict() != tt.strict {
				t.Errorf("%s in pieces of %d: begun %t, strict %t", tt.name, piece, g.hasBegun(), g.strict())
			}
		}
	}
	// What is none is not kept.
	if g := greet(bytes.Repeat([]byte("lines\n"), maxGreeting/6+1), 4096); len(g.held) != 0 || !g.over {
		t.Errorf("%d bytes are held", len(g.held))
	}
}

func FuzzGreeting(f *testing.F) {
	f.Add(append([]byte("SSH-2.0-x\r\n"), kexInit(strictServer)...), 3)
	f.Fuzz(func(t *testing.T, text []byte, piece int) {
		whole, pieces := greet(text, max(1, len(text))), greet(text, min(max(1, piece), 1<<16))
		if whole.hasBegun() != pieces.hasBegun() || whole.strict() != pieces.strict() {
			t.Errorf("%q: in pieces it is another", text)
		}
		if whole.strict() && !whole.hasBegun() {
			t.Errorf("%q: strict without a key exchange", text)
		}
	})
}
