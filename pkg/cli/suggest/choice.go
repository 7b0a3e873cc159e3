package suggest

import (
	"fmt"
	"strings"
)

// Choice is the hint for the value of a flag, "--only", that chooses among known names
// and is none of them: it was several with commas, or only the end of one, or is
// misspelled; otherwise it names those that there are. More says what lists all, where
// they are too many; it may be empty.
func Choice(flag, value string, known []string, more string) string {
	if apart, ok := Apart(flag, value, known); ok {
		return apart
	}
	var ends []string
	for _, k := range known {
		if strings.HasSuffix(k, ":"+value) || strings.HasSuffix(k, "/"+value) {
			ends = append(ends, k)
		}
	}
	if len(ends) == 1 {
		return "did you mean " + ends[0]
	}
	if near, ok := Nearest(value, known); ok {
		return "did you mean " + near
	}
	return Known(known, len(known), more)
}

// Known names what there is, and of many the first few. All is how many there are, which
// may be more than were kept.
func Known(known []string, all int, more string) string {
	const most = 10
	if all == 0 {
		return "there is none"
	}
	shown := known[:min(len(known), most)]
	text := "known here: " + strings.Join(shown, ", ")
	if left := all - len(shown); left > 0 {
		text += fmt.Sprintf(" and %d more", left)
		if more != "" {
			text += "; " + more
		}
	}
	return text
}
