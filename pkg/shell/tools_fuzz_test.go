package shell

import (
	"errors"
	"strings"
	"testing"
)

// FuzzTools: whatever a host says it has, a session goes on only with all that it
// needs, and an error is one for people.
func FuzzTools(f *testing.F) {
	var whole strings.Builder
	for _, tool := range toolList {
		if strings.Contains(tool.name, " ") {
			whole.WriteString("option " + tool.name + "\n")
		} else {
			whole.WriteString("tool " + tool.name + " /usr/bin/" + tool.name + "\n")
		}
	}
	f.Add([]byte(whole.String()+"flavour gnu\n"), 0)
	f.Add([]byte("tool cat cat\nflavour busybox\n"), 0)
	f.Add([]byte("tool \x1b[2J /x\n"), 0)
	f.Add([]byte("flavour \x1b[2J\n"), 0)
	f.Fuzz(func(t *testing.T, answer []byte, status int) {
		tools, err := ParseTools(Result{Stdout: answer, Status: status & 0xff})
		var missing *MissingToolsError
		var protocol *ProtocolError
		switch {
		case err == nil:
			if err := tools.Need(neededTools()...); err != nil {
				t.Error(err)
			}
			if tools.Flavour == "" {
				t.Error("nobody made the tools")
			}
		case !errors.As(err, &missing) && !errors.As(err, &protocol):
			t.Errorf("%T: %v", err, err)
		}
		if err != nil && strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("%q", err)
		}
		for name := range tools.Paths {
			if packageOf(name) == "" {
				t.Errorf("a tool %q that nobody asked for", name)
			}
		}
	})
}
