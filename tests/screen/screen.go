// Package screen is a terminal as a person sees it: what a program writes becomes
// rows of text. It knows as much of ECMA-48 as our programs use, and says what it does
// not know.
package screen

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Screen is safe for use by several goroutines at once.
type Screen struct {
	mu            sync.Mutex
	columns, rows int
	// text is all rows there ever were; the last ones are to be seen. The cursor is at
	// text[row], in the column at, which is beyond the last when the row is full.
	text    [][]rune
	row, at int
	escape  string
	odd     []string
}

// New is an empty screen.
func New(columns, rows int) *Screen {
	return &Screen{columns: columns, rows: rows, text: [][]rune{nil}}
}

// Write shows what a program writes.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range string(p) {
		s.put(r)
	}
	return len(p), nil
}

func (s *Screen) put(r rune) {
	switch {
	case s.escape != "" || r == '\x1b':
		s.escape += string(r)
		if last := s.escape[len(s.escape)-1]; len(s.escape) > 2 && last >= '@' {
			s.obey()
			s.escape = ""
		}
	case r == '\r':
		s.at = 0
	case r == '\n':
		s.down()
	case r < ' ':
		s.odd = append(s.odd, fmt.Sprintf("%q", r))
	default:
		if s.at == s.columns {
			s.down()
			s.at = 0
		}
		for len(s.text[s.row]) <= s.at {
			s.text[s.row] = append(s.text[s.row], ' ')
		}
		s.text[s.row][s.at] = r
		s.at++
	}
}

func (s *Screen) down() {
	if s.row++; s.row == len(s.text) {
		s.text = append(s.text, nil)
	}
}

// obey does what an escape sequence says: CUU, ED and EL.
func (s *Screen) obey() {
	number, letter := s.escape[2:len(s.escape)-1], s.escape[len(s.escape)-1]
	n, err := strconv.Atoi(number)
	switch {
	case letter == 'A' && err == nil:
		s.row = max(s.row-n, len(s.text)-s.rows, 0)
	case letter == 'J' && number == "":
		s.cut()
		s.text = s.text[:s.row+1]
	case letter == 'K' && number == "":
		s.cut()
	default:
		s.odd = append(s.odd, fmt.Sprintf("%q", s.escape))
	}
}

func (s *Screen) cut() {
	s.text[s.row] = s.text[s.row][:min(s.at, len(s.text[s.row]))]
}

// String is all text, with what has gone out of sight, a line for each row.
func (s *Screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := make([]string, len(s.text))
	for i, row := range s.text {
		lines[i] = strings.TrimRight(string(row), " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}

// Odd are the controls that the screen does not know.
func (s *Screen) Odd() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.odd
}
