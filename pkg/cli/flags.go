package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/peterbourgon/ff/v3"

	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/shell"
)

// FromEnvironment are the flags whose value may come from the environment, as
// patterns whose * ends them. None of them confirms or weakens anything.
var FromEnvironment = []string{"host", "user", "port", "identity-file", "parallel", "package-lock", "repology-*"}

// List is a flag that may be given several times:
//
//	var hosts cli.List
//	fs.Var(&hosts, "host", "keep the hosts that match `GLOB`")
type List []string

func (l *List) String() string { return strings.Join(*l, " ") }

// Set adds a value.
func (l *List) Set(value string) error {
	*l = append(*l, value)
	return nil
}

// AtLeastOne is a flag that counts something; it holds its default before it is
// set.
type AtLeastOne int

func (n *AtLeastOne) String() string { return strconv.Itoa(int(*n)) }

// Get makes it a flag.Getter of an int.
func (n *AtLeastOne) Get() any { return int(*n) }

// Set takes a whole number.
func (n *AtLeastOne) Set(value string) error {
	read, err := strconv.Atoi(value)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return errors.New("value out of range") // as package flag words it
	case err != nil:
		return errors.New("parse error")
	case read < 1:
		return errors.New("is less than 1")
	}
	*n = AtLeastOne(read)
	return nil
}

type parsed struct {
	flags    *flag.FlagSet
	operands []string
	version  bool
	// variables are those that stood in for a flag, by its name.
	variables map[string]string
}

// parse reads the command line, then the environment for what that left open.
// ff has no opt-out from the environment for one flag: given a prefix,
// HOSTKIT_CONFIRM would confirm. So it is given none, and ours is read here.
func parse(cmd Command, args []string, getenv func(string) string) (parsed, error) {
	fs := flag.NewFlagSet(cmd.Name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	if cmd.Flags != nil {
		cmd.Flags(fs)
	}
	p := parsed{flags: fs}
	fs.BoolVar(&p.version, "version", false, "")
	unguard := guardValues(fs)
	err := ff.Parse(fs, args)
	unguard()
	if err != nil {
		return p, usageError(cmd, args, fs, err)
	}
	for _, operand := range fs.Args() {
		if isFlag(operand) && !endsFlags(args, fs.Args()) {
			return p, Usagef("%s stands behind an operand", operand).
				WithHint("flags come before operands; a file of that name is %s", shell.Typed(operand))
		}
	}
	if err := flagWithoutDashes(cmd.Name, fs, args); err != nil {
		return p, err
	}
	p.operands = fs.Args()
	p.variables, err = environ(cmd, fs, getenv)
	return p, err
}

// typedFlags is the command line up to the operands, each word as a shell takes it.
func typedFlags(name string, flags []string) []string {
	words := []string{name}
	for _, flag := range flags {
		switch rest := strings.TrimLeft(flag, "-"); {
		case flag == "--":
		case isFlag(flag) && shell.Typed(rest) == rest:
			words = append(words, flag)
		case isFlag(flag):
			words = append(words, shell.Quote(flag))
		default:
			words = append(words, shell.Typed(flag))
		}
	}
	return words
}

func isFlag(arg string) bool { return strings.HasPrefix(arg, "-") && arg != "-" }

// endsFlags says whether the operands stand behind a "--", as what begins with a dash
// and is none may.
func endsFlags(args, operands []string) bool {
	before := len(args) - len(operands) - 1
	return before >= 0 && args[before] == "--"
}

// guardedValue is a flag's value while the command line is read. An empty value
// is what is left of a variable that is not set (--package-lock "$LOCK"): taken
// for "not given", it would plan without the lock. Of two values one would be
// lost in silence.
type guardedValue struct {
	flag.Value
	given bool
}

func (g *guardedValue) Set(value string) error {
	switch {
	case value == "":
		return errors.New("is empty")
	case g.given && !isList(g.Value):
		return errors.New("is a second value, and there can be one")
	}
	g.given = true
	return g.Value.Set(value)
}

// IsBoolFlag says whether the flag can stand without a value.
func (g *guardedValue) IsBoolFlag() bool {
	b, ok := g.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// guardValues guards every flag until the function that it returns is called.
func guardValues(fs *flag.FlagSet) (unguard func()) {
	fs.VisitAll(func(f *flag.Flag) { f.Value = &guardedValue{Value: f.Value} })
	return func() {
		fs.VisitAll(func(f *flag.Flag) { f.Value = f.Value.(*guardedValue).Value })
	}
}

// environ sets the flags that were not given from their variables, and returns those
// that it took. An empty variable is one that is not set.
func environ(cmd Command, fs *flag.FlagSet, getenv func(string) string) (map[string]string, error) {
	given, taken := map[string]bool{}, map[string]string{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for _, name := range suggest.Sorted(cmd.Environ) {
		if !slices.ContainsFunc(FromEnvironment, func(pattern string) bool { return matches(pattern, name) }) {
			panic("--" + name + " may not come from the environment")
		}
		variable := cmd.Environ[name]
		value := getenv(variable)
		contradicted := slices.ContainsFunc(cmd.Instead[name], func(flag string) bool { return given[flag] })
		if given[name] || contradicted || value == "" {
			continue
		}
		if err := fs.Set(name, value); err != nil {
			return nil, Usagef("%s: %s", inEnvironment(variable, name),
				refusal(strconv.Quote(value), valueReason(fs.Lookup(name), err.Error())))
		}
		taken[name] = variable
	}
	return taken, nil
}

func inEnvironment(variable, flag string) string {
	return variable + " in the environment (--" + flag + ")"
}

func matches(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return pattern == name
}

// What package flag says; it has no error types.
var (
	unknownFlag  = regexp.MustCompile(`(?s)^flag provided but not defined: -(.*)$`)
	missingValue = regexp.MustCompile(`(?s)^flag needs an argument: -(.*)$`)
	twice        = regexp.MustCompile(`(?s)^invalid boolean flag ([a-z0-9-]+): is a second value`)
	invalidValue = regexp.MustCompile(`(?s)^invalid (?:boolean )?value (".*") for (?:flag )?-([a-z0-9-]+): (.*)$`)
	badSyntax    = regexp.MustCompile(`(?s)^bad flag syntax: (.*)$`)
)

func usageError(cmd Command, args []string, fs *flag.FlagSet, err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return flag.ErrHelp
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	see := fmt.Sprintf("%s -h lists the flags", cmd.Name)
	text := err.Error()
	if m := unknownFlag.FindStringSubmatch(text); m != nil {
		given := typed(m[1], args)
		if strings.ContainsAny(m[1], "./") {
			return Usagef("unknown flag %s", given).WithHint("a file of that name is %s", shell.Typed(given))
		}
		return Usagef("unknown flag %s", given).WithHint("%s", or(cmd.Unlike[m[1]], insteadOf(m[1], fs, see)))
	}
	if m := missingValue.FindStringSubmatch(text); m != nil {
		return Usagef("%s wants a value", typed(m[1], args)).WithHint("%s", see)
	}
	if m := twice.FindStringSubmatch(text); m != nil {
		return Usagef("%s is given twice", typed(m[1], args)).WithHint("give it once")
	}
	if m := invalidValue.FindStringSubmatch(text); m != nil {
		if near, ok := nearChoice(fs.Lookup(m[2]), m[1]); ok {
			see = "did you mean " + near
		}
		return Usagef("%s: %s", typed(m[2], args), refusal(m[1], valueReason(fs.Lookup(m[2]), m[3]))).WithHint("%s", see)
	}
	if m := badSyntax.FindStringSubmatch(text); m != nil {
		return Usagef("%s is not a flag", m[1]).WithHint("%s", see)
	}
	return &Error{Exit: ExitUsage, Code: "usage", Cause: err, Hint: see}
}

// nearChoice is the one of the flag's words that the quoted value was probably meant
// to be.
func nearChoice(f *flag.Flag, quoted string) (string, bool) {
	word, err := strconv.Unquote(quoted)
	if err != nil {
		return "", false
	}
	return suggest.Nearest(word, choicesOf(f.Value))
}

// refusal puts the value before the reason, but before one that begins with a quote
// of its own: that is the value, or the part of it that is wrong. One that is not to be
// shown is called "this" (doc.Shown).
func refusal(quoted, reason string) string {
	if strings.HasPrefix(reason, `"`) || strings.HasPrefix(reason, "this is ") {
		return reason
	}
	return quoted + " " + reason
}

func flagNames(fs *flag.FlagSet) []string {
	names := []string{"help"}
	fs.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return names
}

// valueReason words why a flag's value was refused; the standard types of
// package flag say "parse error".
func valueReason(f *flag.Flag, reason string) string {
	getter, ok := f.Value.(flag.Getter)
	switch {
	case !ok:
		return reason
	case reason == "value out of range":
		return "is too large"
	case reason != "parse error":
		return reason
	}
	switch getter.Get().(type) {
	case bool:
		return "is neither true nor false"
	case int, int64, uint, uint64:
		return "is not a whole number"
	case time.Duration:
		return "is not a duration like 30s or 10m"
	}
	return reason
}
