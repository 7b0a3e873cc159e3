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
	if near, ok := Address(value, known); ok {
		return "did you mean " + near
	}
	return Known(known, len(known), more)
}

// Address is [Nearest] for what may be an address, "package:nginx": that two are of one
// kind makes them no more alike. The same of another kind is the nearest of all.
func Address(word string, known []string) (string, bool) {
	kind, name, ok := strings.Cut(word, ":")
	if !ok {
		return Nearest(word, known)
	}
	var alike []string
	for _, k := range known {
		switch otherKind, other, _ := strings.Cut(k, ":"); {
		case other == name && otherKind != kind:
			return k, true
		case otherKind == kind:
			alike = append(alike, other)
		}
	}
	if near, ok := Nearest(name, alike); ok {
		return kind + ":" + near, true
	}
	// The kind may be misspelled as well, which is a word of its own.
	for _, k := range known {
		otherKind, other, _ := strings.Cut(k, ":")
		if near, ok := Nearest(kind, []string{otherKind}); ok && near == otherKind && (other == name || Distance(other, name) <= 1) {
			return k, true
		}
	}
	return "", false
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
