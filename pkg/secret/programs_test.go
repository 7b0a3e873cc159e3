package secret_test

import (
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What programs on hosts make of a value: each is given it as $1.
var printers = map[string][]string{
	"printf %q":     {"bash", "-c", `printf %q "$1"`},
	"bash set -x":   {"bash", "-c", `set -x; : "$1"`},
	"bash declare":  {"bash", "-c", `v=$1; declare -p v`},
	"dash set -x":   {"dash", "-c", `set -x; : "$1"`},
	"dash set":      {"dash", "-c", `v=$1; set | grep -A99 ^v=`},
	"base64":        {"sh", "-c", `printf %s "$1" | base64`},
	"base64 a line": {"sh", "-c", `printf '%s\n' "$1" | base64`},
	"od":            {"sh", "-c", `printf %s "$1" | od -An -v -tx1 | tr -d ' \n'`},
}

// Real programs print it, and nothing but their own signs is left.
func TestScrubsWhatProgramsMakeOfAValue(t *testing.T) {
	t.Parallel()
	for name, argv := range printers {
		if _, err := exec.LookPath(argv[0]); err != nil {
			t.Logf("no %s here", argv[0])
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				value := rapid.StringOfN(rapid.OneOf(
					rapid.SampledFrom([]rune("abz09 '\"\\$`!#~*?[]{}()<>|&;^,.:=+-_/@%\té")),
				), 8, 120, -1).Draw(t, "value")
				if strings.Trim(value, "'\"\\ $") == "" {
					t.Skip("nothing but signs")
				}
				cmd := exec.Command(argv[0], append(argv[1:len(argv):len(argv)], "_", value)...)
				cmd.Env = []string{"LC_ALL=C", "PATH=/usr/bin:/bin"}
				printed, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatal(err, string(printed))
				}
				// Of base64 a few bits at the end belong to what follows too.
				got := scrubberOf(value).String("|" + string(printed) + "|")
				rest := strings.NewReplacer("[secret]", "").Replace(got)
				if !strings.Contains(got, "[secret]") || len(rest) > 24 {
					t.Fatalf("%q gives %q, scrubbed to %q", value, printed, got)
				}
			})
		})
	}
}
