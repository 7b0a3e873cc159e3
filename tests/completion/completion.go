// Package completion makes the completions of a command for shells from what the
// command says of itself: its flags with their text, and what may stand behind each.
//
// Hosts, services and resources come from the config, by hk-eval --list: the files
// that stand behind hk-eval on the line, else the configs of the working folder. Bash
// shows a completion only the command that it is for, so behind a pipe the folder is
// all there is. Whatever goes wrong is silent: no names are completed then.
package completion

import (
	"slices"
	"strings"

	"hostkit/pkg/cli"
)

// kind is what a value can be completed with.
type kind int

const (
	nothing kind = iota
	file
	folder
	// words are the choices of the flag, and list the same with commas between them.
	words
	list
	// hosts, services and addresses are those of the config.
	hosts
	services
	addresses
	// variable is the name of one of the environment, and user one of this machine.
	variable
	user
	// destination is what ssh can reach.
	destination
)

// kindOf says what stands behind the flag.
func kindOf(f cli.FlagDescription) kind {
	switch {
	case len(f.Choices) > 0 && f.Repeated:
		return list
	case len(f.Choices) > 0 || strings.HasPrefix(f.Value, "DUR"):
		return words
	case strings.HasSuffix(f.Name, "-env"):
		return variable
	}
	switch f.Name {
	case "service":
		return services
	case "user":
		return user
	}
	return map[string]kind{
		"FILE": file, "KEY": file, "DIR": folder, "GLOB": hosts, "KIND:NAME": addresses, "HOST,...": destination,
	}[f.Value]
}

// choices are the words of a flag. Durations are examples.
func choices(f cli.FlagDescription) []string {
	if f.Choices != nil {
		return f.Choices
	}
	return []string{"10s", "30s", "1m", "5m", "10m", "30m", "1h"}
}

// listed is what hk-eval --list calls the names of the kind, or empty.
func (k kind) listed() string {
	return map[kind]string{hosts: "hosts", services: "services", addresses: "addresses"}[k]
}

// has reports whether a flag of the command has a value of one of the kinds.
func has(d cli.Description, kinds ...kind) bool {
	return slices.ContainsFunc(d.Flags, func(f cli.FlagDescription) bool {
		return f.Value != "" && slices.Contains(kinds, kindOf(f))
	})
}

// takesFiles reports whether files stand behind the flags.
func takesFiles(d cli.Description) bool {
	fields := strings.Fields(d.Usage)
	last := fields[len(fields)-1]
	return strings.HasPrefix(last, "[FILE")
}

// notice is the head of every file. comment begins a comment.
func notice(comment string, d cli.Description, shell string) string {
	return comment + " Completion of " + d.Name + " in " + shell + ". Made from its flags by make generate.\n"
}

// function is the name of the command as that of a function: _hk_eval.
func function(d cli.Description) string { return "_" + strings.ReplaceAll(d.Name, "-", "_") }

// quote makes a word of any text for bash and zsh.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
