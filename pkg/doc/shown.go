package doc

import (
	"regexp"
	"strconv"
)

// PasswordAdvice says where a password belongs that stands beside a name.
const PasswordAdvice = `a password goes into "password": {"$secret": {"env": "HOSTKIT_SSH_PASSWORD"}}`

// HostnameAdvice is for whoever wrote more than a name or an address.
const HostnameAdvice = `write the name or address alone: "port" and "password" stand in "ssh": {…}, the password as {"$secret": {"env": "HOSTKIT_SSH_PASSWORD"}}`

// What can hardly be a secret: a name, which may have a login name before it and where
// it has a dot a port behind it, or a path; and a number, which may have a unit.
var (
	nameForm = regexp.MustCompile(`^(?:[a-z]+://)?(?:[\pL\pN_.-]+@)?` +
		`(?:[\pL\pN_.*,~/-]+|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?|[\pL\pN_-]+(?:\.[\pL\pN_-]+)+:[0-9]{1,5}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[\w.-]+)?)/?$`)
	numberForm = regexp.MustCompile(`^-?[0-9.]{1,6}(?: ?(?:[num]?s|[mhdw]|sec|seconds?|min|minutes?|hours?|days?)(?: ?[0-9]{1,5} ?(?:m?s|m))?)?$`)
)

// LooksLikeName reports whether a refused text may be shown where a name belongs.
// Whatever else was written there may be a password that was put into the wrong place.
func LooksLikeName(text string) bool { return nameForm.MatchString(text) }

// LooksLikeNumber reports the same where a number or a time belongs.
func LooksLikeNumber(text string) bool { return numberForm.MatchString(text) }

// Shown is a refused text in a message: in quotes, or "this" where it is not to be
// shown.
func Shown(text string, harmless func(string) bool) string {
	if harmless(text) {
		return strconv.Quote(text)
	}
	return "this"
}
