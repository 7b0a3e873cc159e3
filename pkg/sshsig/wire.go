package sshsig

import (
	"encoding/binary"
	"math/big"
)

// reader reads the data types of RFC 4251, section 5. Once the bytes do not
// suffice, short is set and everything is empty.
type reader struct {
	rest  []byte
	short bool
}

func (r *reader) take(n uint32) []byte {
	if uint64(n) > uint64(len(r.rest)) {
		r.rest, r.short = nil, true
		return nil
	}
	taken := r.rest[:n:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) uint32() uint32 {
	b := r.take(4)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}

// bytes reads a string.
func (r *reader) bytes() []byte { return r.take(r.uint32()) }

// number reads an mpint that is not negative.
func (r *reader) number() *big.Int {
	b := r.bytes()
	if len(b) > 0 && b[0]&0x80 != 0 {
		r.short = true
		return new(big.Int)
	}
	return new(big.Int).SetBytes(b)
}

func appendString[T ~string | ~[]byte](b []byte, s T) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}

// appendNumber writes an mpint that is not negative.
func appendNumber(b []byte, n *big.Int) []byte {
	raw := n.Bytes()
	if len(raw) > 0 && raw[0]&0x80 != 0 {
		raw = append([]byte{0}, raw...)
	}
	return appendString(b, raw)
}
