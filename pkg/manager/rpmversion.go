package manager

import (
	"cmp"
	"strings"
)

// CompareVersions orders two versions as rpm does.
func (Dnf) CompareVersions(a, b string) int { return compareRPMVersions(a, b) }

// compareRPMVersions orders two of [epoch:]version[-release] as rpm does: a
// missing epoch is 0, and a release counts only where both have one
// (rpm-version(7)).
func compareRPMVersions(a, b string) int {
	aEpoch, aVersion, aRelease := splitRPMVersion(a)
	bEpoch, bVersion, bRelease := splitRPMVersion(b)
	if c := cmp.Or(compareDigits(aEpoch, bEpoch), compareRPMParts(aVersion, bVersion)); c != 0 {
		return c
	}
	if aRelease == "" || bRelease == "" {
		return 0
	}
	return compareRPMParts(aRelease, bRelease)
}

func splitRPMVersion(v string) (epoch, version, release string) {
	epoch, rest, ok := strings.Cut(v, ":")
	if !ok {
		epoch, rest = "", v
	}
	version, release, _ = strings.Cut(rest, "-")
	return epoch, version, release
}

// compareRPMParts compares segments of digits and of letters, whatever separates
// them: a tilde sorts before everything, the end included, a caret behind the end
// and before everything else, and digits behind letters (rpmio/rpmvercmp.c).
func compareRPMParts(a, b string) int {
	if a == b {
		return 0
	}
	for {
		a, b = strings.TrimLeftFunc(a, rpmSeparates), strings.TrimLeftFunc(b, rpmSeparates)
		if c, decided, again := compareRPMSigns(&a, &b); decided {
			return c
		} else if again {
			continue
		}
		if a == "" || b == "" {
			return cmp.Compare(len(a), len(b))
		}
		digits := isDigit(a[0])
		var aSegment, bSegment string
		aSegment, a = cutRPMSegment(a, digits)
		bSegment, b = cutRPMSegment(b, digits)
		switch {
		case bSegment == "" && digits:
			return 1
		case bSegment == "":
			return -1
		}
		c := cmp.Compare(aSegment, bSegment)
		if digits {
			c = compareDigits(aSegment, bSegment)
		}
		if c != 0 {
			return c
		}
	}
}

// compareRPMSigns compares what begins with a tilde or a caret. again says that
// both did so with the same one, which is taken off.
func compareRPMSigns(a, b *string) (c int, decided, again bool) {
	aTilde, bTilde := strings.HasPrefix(*a, "~"), strings.HasPrefix(*b, "~")
	aCaret, bCaret := strings.HasPrefix(*a, "^"), strings.HasPrefix(*b, "^")
	switch {
	case aTilde && bTilde, aCaret && bCaret:
		*a, *b = (*a)[1:], (*b)[1:]
		return 0, false, true
	case aTilde:
		return -1, true, false
	case bTilde:
		return 1, true, false
	case aCaret && *b == "", bCaret && *a != "":
		return 1, true, false
	case aCaret, bCaret:
		return -1, true, false
	}
	return 0, false, false
}

// rpmSeparates is for what stands between segments: also every byte that is not
// ASCII.
func rpmSeparates(r rune) bool {
	return r >= 0x80 || r != '~' && r != '^' && !isDigit(byte(r)) && !isLetter(byte(r))
}

func cutRPMSegment(s string, digits bool) (segment, rest string) {
	i := 0
	for i < len(s) && (digits && isDigit(s[i]) || !digits && isLetter(s[i])) {
		i++
	}
	return s[:i], s[i:]
}
