package doc_test

import (
	"errors"
	"strings"
	"testing"

	"hostkit/pkg/doc"
)

// What other programs write for a mode or a time, and what nobody means.
func TestMeant(t *testing.T) {
	for text, want := range map[string]string{
		"750": "0750", "0o644": "0644", "rwxr-x---": "0750", "rw-r--r--": "0644", "---------": "0000",
		"": "", "0750": "0750", "789": "789", "rwsr-xr-x": "rwsr-xr-x", "drwxr-xr-x": "drwxr-xr-x", "u=rwx,g=r": "u=rwx,g=r",
	} {
		if got := doc.Mode("").Meant(text); got != want {
			t.Errorf("mode %q: %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"30": "30s", "5m": "5m", "-3": "-3"} {
		if got := doc.Duration(0).Meant(text); got != want {
			t.Errorf("duration %q: %q, want %q", text, got, want)
		}
	}
}

// What is no name may be the secret itself, so nothing says it; a name behind a "$" is
// told where it is in capitals.
func TestParseVariableName(t *testing.T) {
	for _, name := range []string{"HOSTKIT_SSH_PASSWORD", "_a1"} {
		if got, err := doc.ParseVariableName(name); err != nil || string(got) != name {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	for text, hint := range map[string]string{
		"": doc.VariableAdvice, "1A": doc.VariableAdvice, "my geheim!": doc.VariableAdvice, "A\n": doc.VariableAdvice,
		"$HOSTKIT_X": `leave out the $: "HOSTKIT_X"`, "${HOSTKIT_X}": `leave out the $: "HOSTKIT_X"`,
		"$geheim": "leave out the $: " + doc.VariableAdvice,
	} {
		var name doc.VariableName
		var refused *doc.NotVariableError
		err := name.UnmarshalText([]byte(text))
		if !errors.As(err, &refused) || refused.Hint() != hint || name != "" {
			t.Errorf("%q: %q, %v", text, name, err)
			continue
		}
		if strings.Contains(refused.Error()+refused.Hint(), "geheim") {
			t.Errorf("%q is shown: %v (%s)", text, err, refused.Hint())
		}
	}
}
