package cli

import (
	"fmt"
	"strings"

	"hostkit/pkg/doc"
)

// heard are the hosts that failed in a command of this pipe, which has told of each.
type heard struct {
	stage string
	names []string
	count int
}

// namesHeard is how many hosts are named.
const namesHeard = 3

// toldAbove reports whether the command that a host failed in has told why, right above
// what this one says: our own do, and are before this one in a pipe. What somebody else
// puts between them, as a gate in jq, does not.
func (f *filter) toldAbove(earlier *doc.HostError) bool {
	return f.piped && strings.HasPrefix(earlier.Stage, "hk-")
}

// hear notes that a host failed in a stage.
func (f *filter) hear(stage, host string) {
	i := 0
	for i < len(f.heard) && f.heard[i].stage != stage {
		i++
	}
	if i == len(f.heard) {
		f.heard = append(f.heard, heard{stage: stage})
	}
	h := &f.heard[i]
	if h.count++; len(h.names) < namesHeard {
		h.names = append(h.names, host)
	}
}

// sayHeard says in one line which hosts failed in a stage: why, that said already, and
// where that can't be seen any more it stands in the document.
func (f *filter) sayHeard() {
	for _, h := range f.heard {
		names, who := strings.Join(h.names, ", "), "it"
		if h.count > 1 {
			who = "they"
		}
		if more := h.count - len(h.names); more > 0 {
			names += fmt.Sprintf(" and %d more", more)
		}
		f.s.line("error:", fmt.Sprintf("%s: nothing done, %s failed in %s, which says why, as does hk-show", names, who, h.stage))
	}
}
