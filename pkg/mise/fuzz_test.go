package mise

import (
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/shell"
)

// Whatever mise says and whatever a lock holds: each tool that is not there has a
// reason on one line, and what is cut out of a lock is cut out of itself again.
func FuzzTools(f *testing.F) {
	f.Add("http:hello", "1.0.0", someLock, "absent")
	f.Add("node", "24.21.0", "mise ERROR Failed to install core:node@24.21.0: x\nmise ERROR Version: 1\n", "half")
	f.Add("http:x", "1.0.0", "mise ERROR Failed to install tools: http:x@1.0.0\n\nhttp:x@1.0.0: \x1b[31ma\rb\n", "prefix present")
	f.Fuzz(func(t *testing.T, name, version, text, states string) {
		if message, _ := CheckTool(name); message != "" {
			return
		}
		if message, _ := CheckToolVersion(name, version); message != "" {
			return
		}
		if folder := Folder(name); folder == "" || strings.Trim(folder, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q has the folder %q", name, folder)
		}
		if own, err := LockOf(text, name, version); err == nil {
			again, err := LockOf(own, name, version)
			if err != nil || strings.TrimSpace(again) != strings.TrimSpace(own) {
				t.Errorf("%q becomes %q (%v)", own, again, err)
			}
		}
		tools := []Tool{{Name: name, Version: version}, {Name: "other", Version: "1.0"}}
		failed, err := ReadInstall(tools, shell.Result{Status: 1, Stdout: []byte(states), Stderr: []byte(text)})
		words := strings.Fields(states)
		if err != nil || len(words) != len(tools) {
			return
		}
		if missing := len(tools) - len(slices.DeleteFunc(words, func(s string) bool { return s != ToolPresent })); len(failed) != missing && name != "other" {
			t.Errorf("%d are missing, and %d have a reason", missing, len(failed))
		}
		for _, reason := range failed {
			if reason.Message == "" || strings.ContainsAny(reason.Message, "\n\r\x1b") {
				t.Errorf("%q", reason.Message)
			}
		}
	})
}
