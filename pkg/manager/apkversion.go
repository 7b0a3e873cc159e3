package manager

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// apkVersionForm is number{.number}{letter}{_suffix{number}}{~hash}{-r#} of
// apk-package(5), "PACKAGE NAMES AND VERSIONS".
var apkVersionForm = regexp.MustCompile(
	`^([0-9]+(?:\.[0-9]+)*)([a-z]?)((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*)((?:~[0-9a-f]+)?)((?:-r[0-9]+)?)$`)

// apkSuffixes are in their order; those before apkRelease come before a version
// without a suffix.
var apkSuffixes = []string{"alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p"}

const apkRelease = 4

// Kinds of parts of a version, in the order in which a version that has one is
// newer than a version that has another one, or none, in its place.
const (
	apkPreSuffix = iota
	apkEnd
	apkRevision
	apkHash
	apkSuffixNumber
	apkPostSuffix
	apkLetter
	apkNumber
)

// apkPart is one part of a version: what comes first in order has the lower kind,
// then, of a suffix, the lower order, then the lower text.
type apkPart struct {
	kind, order int
	text        string
}

// compareApkVersions orders two versions as apk 3 does (src/version.c of
// apk-tools). What is no version comes before all that are.
func compareApkVersions(a, b string) int {
	aParts, aOK := apkParts(a)
	bParts, bOK := apkParts(b)
	switch {
	case !aOK && !bOK:
		return cmp.Compare(a, b)
	case !aOK:
		return -1
	case !bOK:
		return 1
	}
	return slices.CompareFunc(aParts, bParts, apkPart.compare)
}

func apkParts(version string) ([]apkPart, bool) {
	found := apkVersionForm.FindStringSubmatch(version)
	if found == nil {
		return nil, false
	}
	var parts []apkPart
	for i, number := range strings.Split(found[1], ".") {
		part := apkPart{kind: apkNumber, text: number}
		if i == 0 {
			part.text = strings.TrimLeft(number, "0")
		}
		parts = append(parts, part)
	}
	if found[2] != "" {
		parts = append(parts, apkPart{kind: apkLetter, text: found[2]})
	}
	for suffix := range strings.SplitSeq(strings.TrimPrefix(found[3], "_"), "_") {
		word := strings.TrimRight(suffix, "0123456789")
		if word == "" {
			continue
		}
		order := slices.Index(apkSuffixes, word)
		kind := apkPostSuffix
		if order < apkRelease {
			kind = apkPreSuffix
		}
		parts = append(parts, apkPart{kind: kind, order: order})
		if number := suffix[len(word):]; number != "" {
			parts = append(parts, apkPart{kind: apkSuffixNumber, text: strings.TrimLeft(number, "0")})
		}
	}
	if found[4] != "" {
		parts = append(parts, apkPart{kind: apkHash, text: found[4]})
	}
	if found[5] != "" {
		parts = append(parts, apkPart{kind: apkRevision, text: strings.TrimLeft(found[5][2:], "0")})
	}
	return append(parts, apkPart{kind: apkEnd}), true
}

// compare treats a number behind a point like a fraction when it, or the other
// one, begins with a zero: 1.02 is before 1.1.
func (p apkPart) compare(q apkPart) int {
	if c := cmp.Or(cmp.Compare(p.kind, q.kind), cmp.Compare(p.order, q.order)); c != 0 {
		return c
	}
	fraction := strings.HasPrefix(p.text, "0") || strings.HasPrefix(q.text, "0")
	if p.kind == apkLetter || p.kind == apkHash || fraction {
		return cmp.Compare(p.text, q.text)
	}
	return compareDigits(p.text, q.text)
}
