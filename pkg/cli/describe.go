package cli

import (
	"flag"
	"slices"
	"strings"

	"hostkit/pkg/doc"
)

// Description is what a command says of itself: the one source of its -h, its man
// page, its reference and its completions, so that none of them can differ from what
// it does. It holds nothing that the command line could change.
type Description struct {
	Name, Usage, Summary, Example string
	// Flags are all flags, sorted by name, with --help and --version.
	Flags []FlagDescription
	// Exits are the statuses that the command may end with, lowest first.
	Exits         []ExitDescription
	Reads, Writes []doc.Schema
}

// FlagDescription is one flag.
type FlagDescription struct {
	// Name has no dashes. Letter is another name of the same flag, "v" of --verbose,
	// or empty.
	Name, Letter string
	// Value is what stands behind the flag, as -h words it: FILE, GLOB, KIND:NAME,
	// "HOST,...". It is empty for a flag that stands alone. It also says what a shell
	// can complete there.
	Value string
	// Usage says what the flag does, in words that have Value among them.
	Usage string
	// Default is empty where the flag's absence says all.
	Default string
	// Variable stands in for a flag that is not given, or is empty.
	Variable string
	// Choices are the words that Value may be, or with commas between them be made
	// of; nil where it may be anything.
	Choices []string
	// Repeated says that the flag may be given several times.
	Repeated bool
	// Login says that the flag is one of [Login], which are the same in every command
	// that logs in.
	Login bool
}

// ExitDescription is one exit status.
type ExitDescription struct {
	Status int
	// Meaning is that of -h, two words; Explanation says more, and follows a colon.
	Meaning, Explanation string
}

// Describe says what the command is without running it.
func (cmd Command) Describe() Description {
	fs := flag.NewFlagSet(cmd.Name, flag.ContinueOnError)
	if cmd.Flags != nil {
		cmd.Flags(fs)
	}
	d := Description{
		Name: cmd.Name, Usage: cmd.Usage, Summary: cmd.Summary, Example: cmd.Example,
		Reads: cmd.Reads, Writes: cmd.Writes,
	}
	for _, e := range Exits {
		if len(cmd.Exits) == 0 || slices.Contains(cmd.Exits, e.Status) {
			d.Exits = append(d.Exits, e)
		}
	}
	// A letter is another name of the flag that says the same.
	letters := map[string]string{}
	fs.VisitAll(func(f *flag.Flag) {
		if len(f.Name) == 1 {
			letters[f.Usage] = f.Name
		}
	})
	login := flag.NewFlagSet("", flag.ContinueOnError)
	new(Login).Flags(login)
	fs.VisitAll(func(f *flag.Flag) {
		if len(f.Name) == 1 || f.Name == "version" {
			return
		}
		value, usage := flag.UnquoteUsage(f)
		described := FlagDescription{
			Name: f.Name, Letter: letters[f.Usage], Value: value, Usage: usage, Variable: cmd.Environ[f.Name],
		}
		if !slices.Contains([]string{"", "0", "0s", "false"}, f.DefValue) {
			described.Default = f.DefValue
		}
		described.Repeated, described.Choices = isList(f.Value), choicesOf(f.Value)
		same := login.Lookup(f.Name)
		described.Login = same != nil && same.Usage == f.Usage
		d.Flags = append(d.Flags, described)
	})
	d.Flags = append(d.Flags,
		FlagDescription{Name: "help", Letter: "h", Usage: "show the synopsis, the flags and the exit statuses"},
		FlagDescription{Name: "version", Usage: "show the version, what it was built from, and the schemas that the command knows"})
	slices.SortFunc(d.Flags, func(a, b FlagDescription) int { return strings.Compare(a.Name, b.Name) })
	return d
}
