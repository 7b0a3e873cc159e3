package transport

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// malformedLine is a line of a known_hosts file that makes no sense. It is passed
// over, as ssh does: in /etc/ssh/ssh_known_hosts a user can't mend it.
type malformedLine struct {
	number int
	// text is in lower case, as names are compared.
	text string
	why  error
}

// mustBeRead says of a line that made no sense that it can't be passed over. One
// with @revoked may revoke any server's key, also behind another line that lacks
// its newline; what another marker than the known ones asks for is not known.
func mustBeRead(text []byte) bool {
	first := bytes.Fields(text)[0]
	return bytes.Contains(bytes.ToLower(text), []byte(markRevoked)) || first[0] == '@' && string(first) != markAuthority
}

// mayName says whether the line may be about a name, which is in lower case. Lines
// may have been joined, so that a name stands at the end of any word.
func (m *malformedLine) mayName(name string) bool {
	for word := range strings.FieldsSeq(m.text) {
		if strings.Contains(word, "|") {
			// A hash in lower case is nobody's: it may be anybody's.
			return true
		}
		line := knownLine{patterns: strings.Split(word, ",")}
		if line.matches(name) || strings.HasSuffix(line.patterns[0], name) {
			return true
		}
	}
	return false
}

// unreadable is the error of who must know whether the files have an entry of a
// host, and finds a line that may be it; nil where there is none.
func (k knownHosts) unreadable(name string) error {
	for _, file := range k.files {
		for _, line := range file.malformed {
			if line.mayName(name) {
				return &KnownHostsError{File: file.path, Err: fmt.Errorf("line %d may be the entry of %s: %w", line.number, name, line.why)}
			}
		}
	}
	return nil
}

// warn tells of the lines of a file that are passed over, once a run.
func (k *knownFiles) warn(file knownLines, tell func(message, hint string)) {
	if tell == nil || len(file.malformed) == 0 {
		return
	}
	k.mu.Lock()
	told := k.warned[file.path]
	if k.warned == nil {
		k.warned = map[string]bool{}
	}
	k.warned[file.path] = true
	k.mu.Unlock()
	if told {
		return
	}
	first := file.malformed[0]
	message := fmt.Sprintf("%s:%d is passed over: %v", file.path, first.number, first.why)
	const shown = 10
	var others []string
	for _, line := range file.malformed[1:] {
		others = append(others, strconv.Itoa(line.number))
	}
	switch more := len(others) - shown; {
	case more > 0:
		message += fmt.Sprintf(" (also line %s and %d more)", strings.Join(others[:shown], ", "), more)
	case len(others) > 0:
		message += " (also line " + strings.Join(others, ", ") + ")"
	}
	tell(message, "mend or remove the line; ssh passes it over too")
}
