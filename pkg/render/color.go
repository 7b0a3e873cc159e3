package render

import "fmt"

// The choices of --color.
const (
	ColorAuto   = "auto"
	ColorAlways = "always"
	ColorNever  = "never"
)

// UseColor decides whether to colour: the flag first, then the environment, and
// last whether the output is a terminal. FORCE_COLOR and NO_COLOR count when
// they are not empty, whatever they hold (no-color.org); FORCE_COLOR wins.
func UseColor(flag string, getenv func(string) string, terminal bool) (bool, error) {
	switch flag {
	case ColorAlways:
		return true, nil
	case ColorNever:
		return false, nil
	case ColorAuto:
	default:
		return false, fmt.Errorf("--color %q: want %s, %s or %s", flag, ColorAuto, ColorAlways, ColorNever)
	}
	switch {
	case getenv("FORCE_COLOR") != "":
		return true, nil
	case getenv("NO_COLOR") != "", getenv("TERM") == "dumb":
		return false, nil
	}
	return terminal, nil
}

// ink is how a text is drawn: the parameters of ECMA-48's SGR sequence. Only
// the sixteen colours that every terminal lets its user choose.
type ink string

const (
	noInk   ink = ""
	bold    ink = "1"
	dim     ink = "2"
	red     ink = "31"
	green   ink = "32"
	yellow  ink = "33"
	magenta ink = "35"
	cyan    ink = "36"
	alarm   ink = "1;31"
)
