package shell

import (
	"bufio"
	"bytes"
	"slices"
)

// Unlock is the client's part of the handshake that a line with
// Become.WithPassword begins, before the session: it waits until the host says
// whether sudo wants the password, sends it if so, and waits until the receiver's
// bootstrap runs. It sends nothing else, and the password once. The stream it
// returns is the one to go on with.
//
// It blocks for as long as the host says nothing; closing the stream ends it.
// io.EOF means that the host's end has ended: why stands in its exit status, on
// stderr, which Unlock does not read, and in noise, what it said on stdout.
//
// password holds no newline, carriage return or NUL.
func Unlock(stream Stream, password []byte) (unlocked Stream, noise []byte, err error) {
	heard := &marks{r: bufio.NewReader(stream.Stdout)}
	mark, err := heard.await(markPassword, markNoPassword)
	if err != nil {
		return Stream{}, heard.noise, err
	}
	if mark == markPassword {
		line := append(slices.Clip(password), '\n')
		// What ends the host's end is said on its outputs.
		_, _ = stream.Stdin.Write(line)
		clear(line)
		if _, err := heard.await(markReady); err != nil {
			return Stream{}, heard.noise, err
		}
	}
	stream.Stdout = heard.r
	return stream, nil, nil
}

// marks finds lines of the handshake among what login shells and sudo print.
type marks struct {
	r     *bufio.Reader
	noise []byte
}

// await returns the first line that is one of those wanted.
func (m *marks) await(wanted ...string) (string, error) {
	for inLine := false; ; {
		part, err := m.r.ReadSlice('\n')
		whole := !inLine && bytes.HasSuffix(part, []byte("\n"))
		if whole && slices.Contains(wanted, string(part[:len(part)-1])) {
			return string(part[:len(part)-1]), nil
		}
		if m.noise = append(m.noise, part...); len(m.noise) > NoiseLimit {
			return "", &NoiseError{Stream: "stdout", FirstLine: firstLine(m.noise)}
		}
		switch err {
		case nil:
			inLine = false
		case bufio.ErrBufferFull:
			inLine = true
		default:
			return "", err
		}
	}
}
