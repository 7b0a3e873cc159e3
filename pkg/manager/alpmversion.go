package manager

import (
	"cmp"
	"strings"
)

// CompareVersions orders two versions as vercmp(8) does.
func (Pacman) CompareVersions(a, b string) int { return compareALPMVersions(a, b) }

// compareALPMVersions orders two of [epoch:]version[-release] as pacman does
// (lib/libalpm/version.c): a missing epoch is 0, and a release counts only where
// both have one.
func compareALPMVersions(a, b string) int {
	aEpoch, aVersion, aRelease, aHas := splitALPMVersion(a)
	bEpoch, bVersion, bRelease, bHas := splitALPMVersion(b)
	if c := cmp.Or(compareALPMParts(aEpoch, bEpoch), compareALPMParts(aVersion, bVersion)); c != 0 {
		return c
	}
	if !aHas || !bHas {
		return 0
	}
	return compareALPMParts(aRelease, bRelease)
}

// splitALPMVersion splits at the last dash; an epoch is made of digits alone.
func splitALPMVersion(v string) (epoch, version, release string, hasRelease bool) {
	epoch, version = "0", v
	if digits, rest := cutSegment(v, isDigit); strings.HasPrefix(rest, ":") {
		epoch, version = cmp.Or(digits, "0"), rest[1:]
	}
	if i := strings.LastIndexByte(version, '-'); i >= 0 {
		return epoch, version[:i], version[i+1:], true
	}
	return epoch, version, "", false
}

// compareALPMParts compares segments of digits and of letters. Of two that are
// separated by more signs that is the newer one; digits are newer than letters;
// and what goes on is newer than what ends, unless it goes on with letters
// ("1.0rc1" is older than "1.0").
func compareALPMParts(a, b string) int {
	if a == b {
		return 0
	}
	separates := func(c byte) bool { return !isDigit(c) && !isLetter(c) }
	for a != "" && b != "" {
		var aSigns, bSigns, aSegment, bSegment string
		aSigns, a = cutSegment(a, separates)
		bSigns, b = cutSegment(b, separates)
		if a == "" || b == "" {
			break
		}
		if c := cmp.Compare(len(aSigns), len(bSigns)); c != 0 {
			return c
		}
		kind, newest := isLetter, -1
		if isDigit(a[0]) {
			kind, newest = isDigit, 1
		}
		aSegment, a = cutSegment(a, kind)
		bSegment, b = cutSegment(b, kind)
		if bSegment == "" {
			return newest
		}
		c := cmp.Compare(aSegment, bSegment)
		if newest == 1 {
			c = compareDigits(aSegment, bSegment)
		}
		if c != 0 {
			return c
		}
	}
	switch {
	case a == "" && b == "":
		return 0
	case a == "" && !isLetter(b[0]), a != "" && isLetter(a[0]):
		return -1
	}
	return 1
}

// cutSegment takes the bytes off the front that are of a kind.
func cutSegment(s string, kind func(byte) bool) (segment, rest string) {
	i := 0
	for i < len(s) && kind(s[i]) {
		i++
	}
	return s[:i], s[i:]
}
