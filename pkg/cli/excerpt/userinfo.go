package excerpt

import "regexp"

// login is what stands before a password in user:password@host. The password ends at the
// last @, since it may have one itself.
const login = `[^\s"'/:@]*`

var (
	// userinfo is a password in an address, or before one, in any text: what begins
	// otherwise may be the tag of an image.
	userinfo = regexp.MustCompile(`(?:^|://|\s)` + login + `:([^/@\s"'][^\s"']*)@`)
	// anyUserinfo is one wherever it stands.
	anyUserinfo = regexp.MustCompile(`(` + login + `):[^\s"']+@`)
)

// WithoutUserinfo drops the password of user:password@host from a text about how a host
// is reached, where nothing else has that form.
func WithoutUserinfo(text string) string { return anyUserinfo.ReplaceAllString(text, "$1:…@") }
