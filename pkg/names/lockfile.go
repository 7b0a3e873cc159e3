package names

import (
	"bytes"
	"fmt"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// deepest is the level of a lock down to which each member has a line of its
// own: that of the packages of a repository. An entry stands on one line, so that
// git merges two branches that add names, or shows a conflict that can be read.
const deepest = 4

// MarshalLock gives the bytes of a lock for a file in git: sorted, an entry a
// line, the same for the same lock.
func MarshalLock(lock doc.PackageLock) ([]byte, error) {
	lock.Schema = doc.SchemaPackageLock
	raw, err := jsonx.Marshal(lock)
	if err != nil {
		return nil, err
	}
	return layOut(raw), nil
}

// layOut breaks compact JSON into lines.
func layOut(raw []byte) []byte {
	out := make([]byte, 0, 2*len(raw))
	depth := 0
	// gap is what stands between two members.
	gap := func() {
		if depth <= deepest {
			out = append(append(out, '\n'), bytes.Repeat([]byte("  "), depth)...)
		}
	}
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; c {
		case '"':
			end := endOfString(raw, i)
			out = append(out, raw[i:end]...)
			i = end - 1
		case '{', '[':
			if i+1 < len(raw) && raw[i+1] == c+2 {
				out = append(out, c, c+2)
				i++
				continue
			}
			out = append(out, c)
			depth++
			gap()
		case '}', ']':
			depth--
			if depth < deepest {
				gap()
			}
			out = append(out, c)
		case ',':
			out = append(out, c)
			if depth > deepest {
				out = append(out, ' ')
			}
			gap()
		case ':':
			out = append(out, ": "...)
		default:
			out = append(out, c)
		}
	}
	return append(out, '\n')
}

// endOfString is where the string that begins at start has ended.
func endOfString(raw []byte, start int) int {
	for i := start + 1; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(raw)
}

// refuseConflict finds what git leaves in a file that it could not merge.
func refuseConflict(name string, raw []byte) error {
	n := 0
	for line := range bytes.Lines(raw) {
		n++
		if bytes.HasPrefix(line, []byte("<<<<<<< ")) {
			return refusal("merge_conflict", fmt.Sprintf("%s:%d: git has left a merge conflict here", name, n),
				"keep the lines of both sides without git's marks, each but the last ending with a comma")
		}
	}
	return nil
}
