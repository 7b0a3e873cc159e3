// Package color says whether text for people is coloured, and with what: the one
// home of both, for what hk-show shows and for messages on stderr.
//
// It knows the sixteen colours alone that every terminal lets its user choose
// (ECMA-48, SGR), and uses each beside a word or a sign that says the same.
package color

// When says on whose word text is coloured.
type When string

// The choices of --color.
const (
	Auto   When = "auto"
	Always When = "always"
	Never  When = "never"
)

// Choices are the words of --color, the default first.
var Choices = []string{string(Auto), string(Always), string(Never)}

// Use decides whether to colour: what was chosen first, then the environment, and
// last whether the output is a terminal.
//
//	FORCE_COLOR     not empty: colour, also into a pipe (force-color.org)
//	NO_COLOR        not empty: none (no-color.org)
//	TERM=dumb       none
//	CLICOLOR_FORCE  not empty and not 0: colour (bixense.com/clicolors)
//	CLICOLOR        0: none
//
// The first line that holds decides.
func Use(when When, getenv func(string) string, terminal bool) bool {
	switch when {
	case Always:
		return true
	case Never:
		return false
	}
	force := getenv("CLICOLOR_FORCE")
	switch {
	case getenv("FORCE_COLOR") != "":
		return true
	case getenv("NO_COLOR") != "", getenv("TERM") == "dumb":
		return false
	case force != "" && force != "0":
		return true
	case getenv("CLICOLOR") == "0":
		return false
	}
	return terminal
}

// Ink is how a text is drawn: the parameters of ECMA-48's SGR sequence.
type Ink string

// The inks.
const (
	None    Ink = ""
	Bold    Ink = "1"
	Dim     Ink = "2"
	Red     Ink = "31"
	Green   Ink = "32"
	Yellow  Ink = "33"
	Magenta Ink = "35"
	Cyan    Ink = "36"
	Alarm   Ink = "1;31"
)

// Paint draws a text, which must be safe to show, in the ink.
func (i Ink) Paint(text string) string {
	if i == None || text == "" {
		return text
	}
	return "\x1b[" + string(i) + "m" + text + "\x1b[0m"
}
