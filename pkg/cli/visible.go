package cli

import (
	"strings"

	"hostkit/pkg/visible"
)

// Visible returns s with everything that a terminal would act on or not show
// written out, as package visible does, but for messages: these quote what
// was escaped already, so a backslash is left as it is and Visible may be
// applied again.
func Visible(s string) string {
	parts := strings.Split(s, `\`)
	for i, part := range parts {
		parts[i] = visible.String(part)
	}
	return strings.Join(parts, `\`)
}
