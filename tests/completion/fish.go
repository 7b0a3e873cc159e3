package completion

import (
	_ "embed"
	"fmt"
	"strings"

	"hostkit/pkg/cli"
)

// fishShared finds names in the config.
//
//go:embed shared.fish
var fishShared string

// Fish gives NAME.fish.
func Fish(d cli.Description) string {
	var b strings.Builder
	b.WriteString(notice("#", d, "fish") + "\n")
	if has(d, hosts, services, addresses, list, destination) {
		b.WriteString(fishShared + "\n")
	}
	if !takesFiles(d) {
		fmt.Fprintf(&b, "complete -c %s -f\n", d.Name)
	}
	for _, f := range d.Flags {
		fmt.Fprintf(&b, "complete -c %s -l %s", d.Name, f.Name)
		if f.Letter != "" {
			b.WriteString(" -s " + f.Letter)
		}
		if f.Value != "" {
			b.WriteString(" " + fishAction(f))
		}
		b.WriteString(" -d " + fishQuote(f.Usage) + "\n")
	}
	return b.String()
}

// fishAction says what stands behind the flag; -x is a value and no file.
func fishAction(f cli.FlagDescription) string {
	switch k := kindOf(f); k {
	case file:
		return "-r -F"
	case folder:
		return "-x -a '(__fish_complete_directories (commandline -ct))'"
	case words:
		return "-x -a " + fishQuote(strings.Join(choices(f), " "))
	case list:
		return "-x -a " + fishQuote("(__hk_list "+strings.Join(choices(f), " ")+")")
	case hosts, services, addresses:
		return "-x -a '(__hk_names " + k.listed() + ")'"
	case variable:
		return "-x -a '(set -nx)'"
	case user:
		return "-x -a '(__fish_complete_users)'"
	case destination:
		return "-x -a '(__hk_list (__fish_print_hostnames))'"
	}
	return "-x"
}

// fishQuote makes a word of any text.
func fishQuote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}
