package completion

import (
	_ "embed"
	"fmt"
	"strings"

	"hostkit/pkg/cli"
)

// bashShared are the functions that the completions of all commands share. Each file
// has them, since shells load one when its command is first completed.
//
//go:embed shared.bash
var bashShared string

// Bash gives NAME.bash. It needs no package bash-completion, and no more than the
// bash 3.2 of macOS.
func Bash(d cli.Description) string {
	var b strings.Builder
	b.WriteString(notice("#", d, "bash"))
	b.WriteString("# shellcheck shell=bash\n\n" + bashShared + "\n")
	fmt.Fprintf(&b, "%s() {\n", function(d))
	var flags, valued []string
	for _, f := range d.Flags {
		flags = append(flags, "--"+f.Name)
		if f.Letter != "" {
			flags = append(flags, "-"+f.Letter)
		}
		if f.Value != "" {
			valued = append(valued, "--"+f.Name)
		}
	}
	fmt.Fprintf(&b, "\tlocal hk_words hk_files hk_flag hk_value hk_operands\n")
	fmt.Fprintf(&b, "\t__hk_line %s %s\n", quote(strings.Join(valued, " ")), quote(ownFiles(d)))
	b.WriteString("\tcase $hk_flag in\n")
	for _, f := range d.Flags {
		if f.Value != "" {
			if does := bashAction(f); does != "" {
				fmt.Fprintf(&b, "\t--%s) %s ;;\n", f.Name, does)
			}
		}
	}
	operand := ":"
	if takesFiles(d) {
		operand = "__hk_files"
	}
	fmt.Fprintf(&b, "\t'') __hk_free %s %s ;;\n", operand, quote(strings.Join(flags, " ")))
	fmt.Fprintf(&b, "\tesac\n}\n\ncomplete -F %s %s\n", function(d), d.Name)
	return b.String()
}

// ownFiles says whether the files on the line are a config.
func ownFiles(d cli.Description) string {
	if d.Name == "hk-eval" {
		return "config"
	}
	return ""
}

func bashAction(f cli.FlagDescription) string {
	switch k := kindOf(f); k {
	case file:
		return "__hk_files"
	case folder:
		return "__hk_folders"
	case words:
		return "__hk_reply " + quote(strings.Join(choices(f), "\n"))
	case list:
		return "__hk_list " + quote(strings.Join(choices(f), "\n"))
	case hosts, services, addresses:
		return "__hk_names " + k.listed()
	case variable:
		return `__hk_reply "$(compgen -e)"`
	case user:
		return `__hk_reply "$(compgen -u)"`
	case destination:
		return `__hk_list "$(compgen -A hostname)"`
	}
	return ""
}
