package shell

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// What a host says before a session: the password leaves once, and only after a
// line that asks for it; success is said by a line; what comes after that is the
// session's, byte for byte.
func FuzzUnlock(f *testing.F) {
	const boundary = "\n0123456789abcdef0123456789abcdef B 0\n"
	for _, said := range []string{
		"", "\n" + markPassword + "\n\n" + markReady + "\n" + boundary, "\n" + markNoPassword + "\n" + boundary,
		"Welcome\n\n" + markPassword + "\n", "Welcome" + markPassword + "\n" + markReady + "\n",
		markReady + "\n" + markPassword + "\nlecture\n" + markReady + "\nrest", markPassword + "\r\n",
		strings.Repeat("x", 5000) + "\n" + markNoPassword + "\n\x00\xff",
	} {
		f.Add([]byte(said))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		for _, r := range []io.Reader{bytes.NewReader(said), iotest.OneByteReader(bytes.NewReader(said))} {
			in := &tap{WriteCloser: discard{io.Discard}}
			unlocked, noise, err := Unlock(Stream{Stdin: in, Stdout: r}, []byte(canary))
			if tooLoud(err) && len(said) > NoiseLimit {
				continue
			}
			asked, free, rest := expected(said)
			if sent := in.copied.String(); sent != "" != asked || asked && sent != canary+"\n" {
				t.Fatalf("%q: sent %q", said, sent)
			}
			if (err == nil) != (rest != nil) {
				t.Fatalf("%q: error %v, asked %t, free %t", said, err, asked, free)
			}
			if err == nil {
				if got, _ := io.ReadAll(unlocked.Stdout); !bytes.Equal(got, rest) {
					t.Fatalf("%q: the session begins with %q", said, got)
				}
			} else if err != io.EOF || len(noise) > NoiseLimit {
				t.Fatalf("%.200q: error %v after %d bytes", said, err, len(noise))
			}
		}
	})
}

func tooLoud(err error) bool {
	_, ok := errors.AsType[*NoiseError](err)
	return ok
}

// expected is what the lines of the handshake mean, told in another way than
// Unlock's: rest is nil where no session begins.
func expected(said []byte) (asked, free bool, rest []byte) {
	lines := bytes.SplitAfter(said, []byte("\n"))
	at := slices.IndexFunc(lines, func(line []byte) bool {
		return string(line) == markPassword+"\n" || string(line) == markNoPassword+"\n"
	})
	if at < 0 {
		return false, false, nil
	}
	if free = string(lines[at]) == markNoPassword+"\n"; !free {
		ready := slices.IndexFunc(lines[at+1:], func(line []byte) bool { return string(line) == markReady+"\n" })
		if ready < 0 {
			return true, false, nil
		}
		at += 1 + ready
	}
	return !free, free, append([]byte{}, bytes.Join(lines[at+1:], nil)...)
}

// A connection that breaks anywhere in the handshake is no success, and says how
// it broke.
func TestAHandshakeThatIsCutAnywhere(t *testing.T) {
	whole := "Welcome\n\n" + markPassword + "\nlecture\n\n" + markReady + "\n"
	broken := errors.New("connection reset")
	for cut := range len(whole) {
		r := io.MultiReader(strings.NewReader(whole[:cut]), failing{broken})
		in := &tap{WriteCloser: discard{io.Discard}}
		if _, _, err := Unlock(Stream{Stdin: in, Stdout: r}, []byte(canary)); !errors.Is(err, broken) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if asked := strings.Contains(whole[:cut], markPassword+"\n"); (in.copied.Len() > 0) != asked {
			t.Fatalf("cut at %d: sent %q", cut, in.copied.Bytes())
		}
	}
}
