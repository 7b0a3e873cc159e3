package shell

import "bytes"

const (
	// liveText goes before the script of a step that has a Live: its scripts say
	// `${hk_watch-:} FILE` where there is something to be watched.
	liveText = "hk_watch=hk_live\n"
	// The marks of hk_live: what stands between them is told and not kept, and what
	// stands behind the second is kept and not told again. A program that prints
	// them itself hides its own words.
	liveBegins = "\x1ehostkit: live\n"
	liveEnds   = "\x1ehostkit: said\n"
)

// liveOutput is the stderr of a step that is told while it comes.
type liveOutput struct {
	tell func([]byte)
	keep func([]byte) error
	// told and kept say what becomes of the next bytes.
	told, kept bool
	// held may be the beginning of a mark.
	held []byte
}

func newLiveOutput(tell func([]byte), keep func([]byte) error) *liveOutput {
	return &liveOutput{tell: tell, keep: keep, told: true, kept: true}
}

// take deals with bytes as they come; none means that no more are there for now.
func (l *liveOutput) take(b []byte) error {
	if len(b) == 0 {
		if len(l.held) == 0 && l.told {
			l.tell(nil)
		}
		return nil
	}
	b = append(l.held, b...)
	for at, live := firstMark(b); at >= 0; at, live = firstMark(b) {
		if err := l.pass(b[:at]); err != nil {
			return err
		}
		l.told, l.kept = live, !live
		b = b[at+len(liveBegins):]
	}
	n := len(b) - max(overlap(b, liveBegins), overlap(b, liveEnds))
	// b may be the caller's.
	l.held = bytes.Clone(b[n:])
	return l.pass(b[:n])
}

// firstMark finds the first of the two marks, which are of one length; at is -1
// where there is none.
func firstMark(b []byte) (at int, begins bool) {
	at = bytes.Index(b, []byte(liveBegins))
	end := bytes.Index(b, []byte(liveEnds))
	if end >= 0 && (at < 0 || end < at) {
		return end, false
	}
	return at, true
}

// end passes on what was held back.
func (l *liveOutput) end() error {
	held := l.held
	l.held = nil
	return l.pass(held)
}

func (l *liveOutput) pass(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if l.told {
		l.tell(b)
	}
	if l.kept {
		return l.keep(b)
	}
	return nil
}

// overlap is the length of the longest end of b that begins mark and is not all
// of it.
func overlap[Mark string | []byte](b []byte, mark Mark) int {
	for n := min(len(b), len(mark)-1); n > 0; n-- {
		if string(b[len(b)-n:]) == string(mark[:n]) {
			return n
		}
	}
	return 0
}
