package color_test

import (
	"strings"
	"testing"

	"hostkit/pkg/color"
)

func TestUse(t *testing.T) {
	for _, c := range []struct {
		when     color.When
		env      string
		terminal bool
		want     bool
	}{
		{"auto", "", true, true},
		{"auto", "", false, false},
		{"auto", "NO_COLOR=1", true, false},
		{"auto", "NO_COLOR=0", true, false},
		{"auto", "TERM=dumb", true, false},
		{"auto", "TERM=xterm", true, true},
		{"auto", "FORCE_COLOR=1", false, true},
		{"auto", "FORCE_COLOR=1 NO_COLOR=1", false, true},
		{"auto", "CLICOLOR_FORCE=1", false, true},
		{"auto", "CLICOLOR_FORCE=0", false, false},
		{"auto", "CLICOLOR_FORCE=1 NO_COLOR=1", false, false},
		{"auto", "CLICOLOR=0", true, false},
		{"auto", "CLICOLOR=1", false, false},
		{"always", "NO_COLOR=1", false, true},
		{"never", "FORCE_COLOR=1", true, false},
	} {
		env := map[string]string{}
		for word := range strings.FieldsSeq(c.env) {
			name, value, _ := strings.Cut(word, "=")
			env[name] = value
		}
		if got := color.Use(c.when, func(name string) string { return env[name] }, c.terminal); got != c.want {
			t.Errorf("%+v: got %t", c, got)
		}
	}
}

func TestPaint(t *testing.T) {
	if got := color.Alarm.Paint("error:"); got != "\x1b[1;31merror:\x1b[0m" {
		t.Errorf("%q", got)
	}
	if got := color.None.Paint("text") + color.Red.Paint(""); got != "text" {
		t.Errorf("%q", got)
	}
}
