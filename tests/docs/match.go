package docs

import (
	"regexp"
	"strings"
)

// different is what is another at each run, and what it is for the comparison.
var different = []struct {
	what *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`SHA256:[A-Za-z0-9+/]{43}`), "SHA256:…"},
	{regexp.MustCompile(`sha256:[0-9a-f]{12,64}…?`), "sha256:…"},
	{regexp.MustCompile(`AAAA[A-Za-z0-9+/]{20,}=*`), "AAAA…"},
	{regexp.MustCompile(`\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z| UTC)?`), "TIME"},
	{regexp.MustCompile(`\b(\d+ ?h )?(\d+ ?min |\d+m)?\d+(\.\d+)? ?m?s\b`), "DURATION"},
	{regexp.MustCompile(`\b\d[0-9A-Za-z.]*[+~]deb\d+u\d+\b`), "VERSION"},
	{regexp.MustCompile(`\b(\d+:)?\d[0-9A-Za-z.+~]*-\d[0-9A-Za-z.+~]*\b`), "VERSION"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "HEX"},
	{regexp.MustCompile(`\b[0-9a-f]{40}\b|\b[0-9a-f]{7}\b`), "COMMIT"},
}

// alike is a line without what is different each time.
func alike(line string) string {
	for _, d := range different {
		line = d.what.ReplaceAllString(line, d.as)
	}
	return strings.TrimRight(line, " \t")
}

const anything = "…"

// pattern is what a line of a page stands for.
func pattern(line string) *regexp.Regexp {
	parts := strings.Split(alike(line), anything)
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$")
}

// match compares what a command said with what the page shows. It returns how many
// lines of the page fit, and whether that was all there was: where the two differ, the
// line of the page behind those that fit is the first that is not true.
func match(want, got []string) (fit int, ok bool) {
	lines := make([]string, len(got))
	for i, line := range got {
		lines[i] = alike(line)
	}
	// at are the places in got that the lines of want up to now may lead to.
	at := map[int]bool{0: true}
	for i, line := range want {
		next := map[int]bool{}
		if strings.TrimSpace(line) == anything {
			for from := range at {
				for to := from; to <= len(got); to++ {
					next[to] = true
				}
			}
		} else {
			expr := pattern(line)
			for from := range at {
				if from < len(got) && expr.MatchString(lines[from]) {
					next[from+1] = true
				}
			}
		}
		if len(next) == 0 {
			return i, false
		}
		at = next
	}
	return len(want), at[len(got)]
}
