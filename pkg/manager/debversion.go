package manager

import (
	"cmp"
	"strings"
)

// CompareVersions orders two versions as dpkg does.
func (Apt) CompareVersions(a, b string) int { return compareDebVersions(a, b) }

// compareDebVersions orders two Debian versions as dpkg does: epoch, upstream
// version, revision (deb-version(7), "Sorting algorithm").
func compareDebVersions(a, b string) int {
	aEpoch, aUpstream, aRevision := splitDebVersion(a)
	bEpoch, bUpstream, bRevision := splitDebVersion(b)
	return cmp.Or(compareDigits(aEpoch, bEpoch),
		compareDebParts(aUpstream, bUpstream),
		compareDebParts(aRevision, bRevision))
}

// splitDebVersion gives the parts of [epoch:]upstream[-revision]. A revision
// that is missing compares as "0" does, which is how "" compares.
func splitDebVersion(v string) (epoch, upstream, revision string) {
	epoch, rest, ok := strings.Cut(v, ":")
	if !ok {
		epoch, rest = "", v
	}
	if i := strings.LastIndexByte(rest, '-'); i >= 0 {
		return epoch, rest[:i], rest[i+1:]
	}
	return epoch, rest, ""
}

// compareDebParts compares by turns a part without digits and a part of digits.
func compareDebParts(a, b string) int {
	for a != "" || b != "" {
		var aWord, bWord, aNumber, bNumber string
		aWord, a = cutWhile(a, false)
		bWord, b = cutWhile(b, false)
		if c := compareDebWords(aWord, bWord); c != 0 {
			return c
		}
		aNumber, a = cutWhile(a, true)
		bNumber, b = cutWhile(b, true)
		if c := compareDigits(aNumber, bNumber); c != 0 {
			return c
		}
	}
	return 0
}

func cutWhile(s string, digits bool) (head, rest string) {
	i := 0
	for i < len(s) && isDigit(s[i]) == digits {
		i++
	}
	return s[:i], s[i:]
}

// compareDebWords sorts a tilde before the end, the end before letters, letters
// before everything else.
func compareDebWords(a, b string) int {
	for i := range max(len(a), len(b)) {
		if c := cmp.Compare(debOrder(a, i), debOrder(b, i)); c != 0 {
			return c
		}
	}
	return 0
}

func debOrder(s string, i int) int {
	switch {
	case i >= len(s):
		return 0
	case s[i] == '~':
		return -1
	case isLetter(s[i]):
		return int(s[i])
	}
	return int(s[i]) + 256
}

// compareDigits compares decimal numbers of any length; "" is 0.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
