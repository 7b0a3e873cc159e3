package apply

import (
	"bytes"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
)

// journalLimit is how much of a journal is read, in bytes.
const journalLimit = 256 << 10

// journal is what the host's journal remembers of the plan's changes, by their place
// in the plan: a name may be long and hold newlines. The plan's digest, which stands
// in its first line, says what each place is.
//
//	hostkit-journal 1 sha256:… 1790000000 40 anna@laptop
//	begun 0-4 7
//	ended 0-3
//	begun 8
//	over failed at 1790000100
//
// The first line has the version, the digest, when the run began by the host's clock,
// how many changes the plan has, and who applies. A change is begun from before its
// step is sent, and ended when it is known to be as the plan promises. Each run
// begins a new journal, with what an earlier one of the same plan has begun and not
// ended.
//
// It never makes a step be skipped; a journal that is not understood is none.
type journal struct {
	begun, ended []bool
}

func newJournal(changes int) journal {
	return journal{begun: make([]bool, changes), ended: make([]bool, changes)}
}

// open reports whether the change at i was begun and is not known to have ended.
func (j journal) open(i int) bool { return j.begun[i] && !j.ended[i] }

// readJournal reads the journal of a plan with so many changes; false for one of
// another plan, and for what is none.
func readJournal(text []byte, digest doc.Digest, changes int) (journal, bool) {
	j := newJournal(changes)
	// What stands behind the last newline a power cut has torn: nothing that it
	// announces was begun.
	text = text[:bytes.LastIndexByte(text, '\n')+1]
	first, rest, _ := strings.Cut(string(text), "\n")
	head := strings.SplitN(first, " ", 6)
	if len(head) < 5 || head[0] != "hostkit-journal" || head[1] != "1" ||
		head[2] != string(digest) || head[4] != strconv.Itoa(changes) {
		return j, false
	}
	for line := range strings.Lines(rest) {
		word, places, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch word {
		case "begun":
			if !eachPlace(places, changes, func(i int) { j.begun[i], j.ended[i] = true, false }) {
				return newJournal(changes), false
			}
		case "ended":
			if !eachPlace(places, changes, func(i int) { j.ended[i] = true }) {
				return newJournal(changes), false
			}
		case "over":
		default:
			return newJournal(changes), false
		}
	}
	return j, true
}

// eachPlace calls f with all of "0-4 7"; false when that is not what is there.
func eachPlace(places string, changes int, f func(i int)) bool {
	for _, place := range strings.Fields(places) {
		from, to, several := strings.Cut(place, "-")
		first, err := strconv.Atoi(from)
		last := first
		if several && err == nil {
			last, err = strconv.Atoi(to)
		}
		if err != nil || first < 0 || last < first || last >= changes {
			return false
		}
		for i := first; i <= last; i++ {
			f(i)
		}
	}
	return true
}

// placesOf spells what is set: "0-4 7".
func placesOf(set []bool) string {
	var b strings.Builder
	for i := 0; i < len(set); i++ {
		if !set[i] {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.Itoa(i))
		first := i
		for i+1 < len(set) && set[i+1] {
			i++
		}
		if i > first {
			b.WriteString("-" + strconv.Itoa(i))
		}
	}
	return b.String()
}

// journalLine is one line; empty when nothing is set.
func journalLine(word string, set []bool) string {
	if places := placesOf(set); places != "" {
		return word + " " + places + "\n"
	}
	return ""
}
