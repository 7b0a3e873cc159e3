package secret

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"
)

// MinLength is the number of bytes that a value must have to be scrubbed. A
// shorter one occurs by chance, and its mask would tell what it is.
const MinLength = 6

// mostLines bounds the lines of a file that are looked for in each output.
const mostLines = 100

// Scrubber replaces known values in captured output by a mask, also where they
// are quoted for a shell, escaped for JSON or a URL, or in base64. It is safe
// for use by several goroutines at once.
type Scrubber struct {
	warn func(name string)

	mu       sync.RWMutex
	patterns [][]byte
	warned   map[string]bool
}

// NewScrubber returns a Scrubber that knows no value. warn, which may be nil,
// is called once with the name of each value that is too short to be scrubbed; it
// may not call the Scrubber.
func NewScrubber(warn func(name string)) *Scrubber {
	return &Scrubber{warn: warn, warned: map[string]bool{}}
}

// Add makes the value known. name says to a person which it is: the reference,
// "env HOSTKIT_SSH_PASSWORD".
func (s *Scrubber) Add(name string, v Value) {
	value := v.Reveal()
	if len(value) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(value) < MinLength {
		if s.warn != nil && !s.warned[name] {
			s.warned[name] = true
			s.warn(name)
		}
		return
	}
	s.know(value)
}

// AddLines makes known the lines of a value that is the content of a file, and what
// stands in them behind the name of a setting, since programs print these. Of a value
// with more than mostLines only the first are known.
func (s *Scrubber) AddLines(v Value) {
	var parts [][]byte
	for line := range bytes.Lines(v.Reveal()) {
		if len(parts) >= 2*mostLines {
			break
		}
		line = bytes.TrimSpace(line)
		parts = append(parts, line)
		if at := bytes.IndexAny(line, "=:"); at >= 0 {
			parts = append(parts, bytes.Trim(line[at+1:], " \t\"',;"))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.know(parts...)
}

// know adds the forms of values.
func (s *Scrubber) know(values ...[]byte) {
	// A writer may still hold the old slice.
	patterns := slices.Clone(s.patterns)
	for _, value := range values {
		if len(value) < MinLength {
			continue
		}
		for _, form := range forms(value) {
			if len(form) >= MinLength {
				patterns = append(patterns, form)
			}
		}
	}
	slices.SortFunc(patterns, bytes.Compare)
	s.patterns = slices.CompactFunc(patterns, bytes.Equal)
}

// Bytes returns text with every known value masked. A value that text begins or
// ends in the middle of, because somebody cut it to a limit, is masked too where
// at least MinLength bytes of it are there.
func (s *Scrubber) Bytes(text []byte) []byte {
	var out bytes.Buffer
	w := s.writer(&out)
	w.held = text
	w.hidden = cutHead(w.patterns, text)
	if w.hidden > 0 {
		out.WriteString(mask)
	}
	// Writing to a buffer does not fail.
	_, _ = w.Write(nil)
	_ = w.Close()
	return out.Bytes()
}

// String is Bytes for a string.
func (s *Scrubber) String(text string) string { return string(s.Bytes([]byte(text))) }

// Writer returns a writer that passes on to w what is written to it, with every
// value known by now masked, also one that is cut over several writes. It holds
// back only what may be the beginning of a value; Close writes that out and does
// not close w. A value of which the stream has only the beginning is masked
// where at least MinLength bytes of it are there.
func (s *Scrubber) Writer(w io.Writer) io.WriteCloser { return s.writer(w) }

func (s *Scrubber) writer(w io.Writer) *writer {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &writer{w: w, patterns: s.patterns}
}

type writer struct {
	w        io.Writer
	patterns [][]byte
	// held is what was written and not passed on.
	held []byte
	// hidden is the number of bytes at the beginning of held that belong to an
	// occurrence whose mask is out.
	hidden int
}

func (w *writer) Write(p []byte) (int, error) {
	w.held = append(slices.Clip(w.held), p...)
	tail := 0
	for _, pattern := range w.patterns {
		tail = max(tail, overlap(w.held, pattern))
	}
	return len(p), w.pass(len(w.held) - tail)
}

func (w *writer) Close() error {
	longest, rest := MinLength-1, []byte(nil)
	for _, pattern := range w.patterns {
		if n := overlap(w.held, pattern); n > longest {
			longest, rest = n, pattern[n:]
		}
	}
	// What was cut off is completed, so that it is found.
	w.held = append(slices.Clip(w.held), rest...)
	return w.pass(len(w.held))
}

// pass writes out the first n bytes of held, masked. Bytes that several
// occurrences share get one mask.
func (w *writer) pass(n int) error {
	if n == 0 {
		return nil
	}
	var out bytes.Buffer
	done := 0
	for _, found := range w.occurrences() {
		if found.from >= n {
			break
		}
		if found.from > done {
			out.Write(w.held[done:found.from])
		}
		if found.from > 0 || w.hidden == 0 {
			out.WriteString(mask)
		}
		done = found.to
	}
	if done < n {
		out.Write(w.held[done:n])
	}
	w.hidden = max(0, done-n)
	w.held = w.held[n:]
	if out.Len() == 0 {
		return nil
	}
	_, err := w.w.Write(out.Bytes())
	return err
}

// span is the bytes from (included) to to (excluded).
type span struct{ from, to int }

// occurrences returns where values are in held, sorted, those that overlap
// joined.
func (w *writer) occurrences() []span {
	var all []span
	if w.hidden > 0 {
		all = append(all, span{0, w.hidden})
	}
	for _, pattern := range w.patterns {
		for at := 0; ; at++ {
			i := bytes.Index(w.held[at:], pattern)
			if i < 0 {
				break
			}
			at += i
			all = append(all, span{at, at + len(pattern)})
		}
	}
	slices.SortFunc(all, func(a, b span) int { return a.from - b.from })
	joined := all[:0]
	for _, next := range all {
		if last := len(joined) - 1; last >= 0 && next.from < joined[last].to {
			joined[last].to = max(joined[last].to, next.to)
			continue
		}
		joined = append(joined, next)
	}
	return joined
}

// overlap is the length of the longest proper prefix of pattern that text ends
// with.
func overlap(text, pattern []byte) int {
	for n := min(len(text), len(pattern)-1); n > 0; n-- {
		if bytes.HasSuffix(text, pattern[:n]) {
			return n
		}
	}
	return 0
}

// cutHead is the length of the longest proper suffix, of at least MinLength
// bytes, of any pattern that text begins with.
func cutHead(patterns [][]byte, text []byte) int {
	longest := 0
	for _, pattern := range patterns {
		for from := 1; len(pattern)-from >= MinLength; from++ {
			if bytes.HasPrefix(text, pattern[from:]) {
				longest = max(longest, len(pattern)-from)
				break
			}
		}
	}
	return longest
}

// ContainsAny says whether one of the known values, in any form, is in text. It
// is for tests that hunt for leaks.
func (s *Scrubber) ContainsAny(text string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.ContainsFunc(s.patterns, func(p []byte) bool { return strings.Contains(text, string(p)) })
}
