package suggest_test

import (
	"strings"
	"testing"

	"hostkit/pkg/cli/suggest"
)

func TestChoice(t *testing.T) {
	known := []string{"directory:/srv", "file:/etc/motd", "file:/srv/a"}
	many := strings.Fields(strings.Repeat("package:long-enough ", 12))
	for value, test := range map[string]struct {
		known []string
		want  string
	}{
		"file:/srv/a,file:/etc/motd": {known, "give --only once for each: --only file:/srv/a --only file:/etc/motd"},
		"motd":                       {known, "did you mean file:/etc/motd"},
		"/etc/motd":                  {known, "did you mean file:/etc/motd"},
		"file:/etc/mtod":             {known, "did you mean file:/etc/motd"},
		"directory:/etc/motd":        {known, "did you mean file:/etc/motd"},
		"fiel:/etc/mtod":             {known, "did you mean file:/etc/motd"},
		"package:nginx":              {[]string{"package:curl"}, "known here: package:curl"},
		"zzz":                        {known, "known here: directory:/srv, file:/etc/motd, file:/srv/a"},
		"q":                          {nil, "there is none"},
		"p":                          {many, "known here: " + strings.Repeat("package:long-enough, ", 9) + "package:long-enough and 2 more; ls lists them"},
	} {
		if got := suggest.Choice("--only", value, test.known, "ls lists them"); got != test.want {
			t.Errorf("%s: %q, want %q", value, got, test.want)
		}
	}
}
