package doc

import (
	"regexp"
	"strconv"
	"strings"
)

// VariableName is the name of an environment variable. What is none is never shown:
// it may be the secret itself, written where its name belongs.
type VariableName string

// VariableNamePattern is what the name of a variable looks like, for schemas.
const VariableNamePattern = `^[A-Za-z_][A-Za-z0-9_]*$`

// VariableAdvice is for whoever gave something else.
const VariableAdvice = `env takes a variable's name, as "HOSTKIT_SSH_PASSWORD"`

var (
	variableNameForm = regexp.MustCompile(VariableNamePattern)
	// expansion is how a shell is told to put a variable's value there. Only a name in
	// capitals is shown, since a secret may begin with a "$" too.
	expansion = regexp.MustCompile(`^\$(?:([A-Z_][A-Z0-9_]*)|\{([A-Z_][A-Z0-9_]*)\})$`)
)

// NotVariableError says that a text is not the name of a variable, without the text.
type NotVariableError struct{ hint string }

func (*NotVariableError) Error() string { return "this is not the name of a variable" }

// Hint says what belongs there.
func (e *NotVariableError) Hint() string { return e.hint }

// ParseVariableName refuses with a [*NotVariableError] what is not the name of a
// variable.
func ParseVariableName(text string) (VariableName, error) {
	if variableNameForm.MatchString(text) {
		return VariableName(text), nil
	}
	hint := VariableAdvice
	if m := expansion.FindStringSubmatch(text); m != nil {
		hint = "leave out the $: " + strconv.Quote(m[1]+m[2])
	} else if strings.HasPrefix(text, "$") {
		hint = "leave out the $: " + VariableAdvice
	}
	return "", &NotVariableError{hint}
}

// UnmarshalText refuses what is not the name of a variable.
func (v *VariableName) UnmarshalText(text []byte) error {
	parsed, err := ParseVariableName(string(text))
	if err != nil {
		return err
	}
	*v = parsed
	return nil
}
