// Package journal reads and words what a host remembers of the last plan that was
// applied to it: hk-apply writes it before it begins anything, and hk-facts tells of
// it.
//
// Changes stand there by their place in the plan, for a name may be long and hold
// newlines. The plan's digest, which the first line has, says what each place is.
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
package journal

import (
	"bytes"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
)

const (
	// Limit is how long a journal may be, and the record of a run, in bytes.
	Limit = 256 << 10
	// MostRecords is how many records of runs a host keeps beside its journal.
	MostRecords = 20
	// mostChanges is more than fit into a plan.
	mostChanges = 1 << 19
)

// Journal is what is remembered of a run.
type Journal struct {
	// Plan is the digest of the plan.
	Plan doc.Digest
	// BegunAt is in seconds since 1970, by the host's clock.
	BegunAt int64
	// Holder is who applies.
	Holder string
	// Begun and Ended have a member for each change of the plan.
	Begun, Ended []bool
	// Over is how the run has ended; empty where it has not.
	Over doc.HostStatus
}

// New is the journal of a plan with so many changes, of which none is begun.
func New(changes int) Journal {
	return Journal{Begun: make([]bool, changes), Ended: make([]bool, changes)}
}

// Open reports whether the change at i was begun and is not known to have ended.
func (j Journal) Open(i int) bool { return j.Begun[i] && !j.Ended[i] }

// Read reads a journal; false for what is none.
func Read(text []byte) (Journal, bool) {
	if len(text) > Limit {
		return Journal{}, false
	}
	// What stands behind the last newline a power cut has torn: nothing that it
	// announces was begun.
	text = text[:bytes.LastIndexByte(text, '\n')+1]
	first, rest, _ := strings.Cut(string(text), "\n")
	j, ok := readHead(first)
	if !ok {
		return Journal{}, false
	}
	for line := range strings.Lines(rest) {
		word, places, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch word {
		case "begun":
			ok = eachPlace(places, len(j.Begun), func(i int) { j.Begun[i], j.Ended[i] = true, false })
		case "ended":
			ok = eachPlace(places, len(j.Begun), func(i int) { j.Ended[i] = true })
		case "over":
			status, _, _ := strings.Cut(places, " ")
			ok = j.Over.UnmarshalText([]byte(status)) == nil
		default:
			ok = false
		}
		if !ok {
			return Journal{}, false
		}
	}
	return j, true
}

func readHead(line string) (Journal, bool) {
	words := strings.SplitN(line, " ", 6)
	if len(words) < 5 || words[0] != "hostkit-journal" || words[1] != "1" {
		return Journal{}, false
	}
	changes, err := strconv.ParseUint(words[4], 10, 32)
	begun, err2 := strconv.ParseInt(words[3], 10, 64)
	if err != nil || err2 != nil || changes > mostChanges {
		return Journal{}, false
	}
	j := New(int(changes))
	j.Plan, j.BegunAt = doc.Digest(words[2]), begun
	if len(words) > 5 {
		j.Holder = words[5]
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

// Line is the line "word 0-4 7" for what is set; empty where nothing is.
func Line(word string, set []bool) string {
	if places := placesOf(set); places != "" {
		return word + " " + places + "\n"
	}
	return ""
}
