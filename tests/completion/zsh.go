package completion

import (
	_ "embed"
	"fmt"
	"strings"

	"hostkit/pkg/cli"
)

// zshShared finds names in the config.
//
//go:embed shared.zsh
var zshShared string

// Zsh gives _NAME, which zsh loads from a folder of $fpath.
func Zsh(d cli.Description) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#compdef %s\n%s\n", d.Name, notice("#", d, "zsh"))
	if has(d, hosts, services, addresses) {
		b.WriteString(zshShared + "\n")
	}
	// Flags stand before operands, and none behind them.
	b.WriteString("_arguments -S -A '-*'")
	for _, f := range d.Flags {
		fmt.Fprintf(&b, " \\\n  %s", zshFlag(f))
	}
	if takesFiles(d) {
		b.WriteString(" \\\n  '*:file:_files'")
	}
	b.WriteString("\n")
	return b.String()
}

// zshFlag is the flag as _arguments takes it.
func zshFlag(f cli.FlagDescription) string {
	rest := "[" + zshEscape(f.Usage, `[]`) + "]"
	name := "--" + f.Name
	if f.Value != "" {
		name += "="
		rest += ":" + zshEscape(f.Value, ":") + ":" + zshAction(f)
	}
	switch {
	case f.Letter != "":
		// One of the two is enough.
		return fmt.Sprintf("'(-%s --%s)'{-%s,--%s}%s", f.Letter, f.Name, f.Letter, f.Name, quote(rest))
	case f.Repeated:
		return quote("*" + name + rest)
	}
	return quote(name + rest)
}

func zshAction(f cli.FlagDescription) string {
	switch k := kindOf(f); k {
	case file:
		return "_files"
	case folder:
		return "_files -/"
	case words:
		return "(" + strings.Join(choices(f), " ") + ")"
	case list:
		return "_values -s , " + strings.ToLower(f.Name) + " " + strings.Join(choices(f), " ")
	case hosts, services, addresses:
		return "_hk_names " + k.listed()
	case variable:
		return `_parameters -g "*export*"`
	case user:
		return "_users"
	case destination:
		return "_sequence _hosts"
	}
	return " " // nothing, and no files in its place
}

// zshEscape keeps characters of a text from being taken for the grammar's.
func zshEscape(text, special string) string {
	var b strings.Builder
	for _, r := range text {
		if r == '\\' || strings.ContainsRune(special, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
