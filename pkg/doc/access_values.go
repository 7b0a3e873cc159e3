package doc

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// UserName is a login name on a host. Names with other characters exist; they
// can't be passed through every login shell.
type UserName string

// UserNamePattern is what a login name looks like, for schemas.
const UserNamePattern = `^[A-Za-z0-9_][A-Za-z0-9_.-]*$`

var userNameForm = regexp.MustCompile(UserNamePattern)

// IsLogin reports whether a text may be the name to log in with, "" being none. What
// servers elsewhere have for one, "corp\\me", is more than a [UserName] takes.
func IsLogin(text string) bool {
	return !strings.HasPrefix(text, "-") && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == ':' || r == '/'
	})
}

// NotUserError says that a text is not a login name, without the text: people write a
// password behind the name.
type NotUserError struct{}

func (*NotUserError) Error() string { return "this is not a login name" }

// Hint says what belongs there.
func (*NotUserError) Hint() string { return "write the name alone, as \"root\"; " + PasswordAdvice }

// UnmarshalText refuses what is not a login name.
func (u *UserName) UnmarshalText(text []byte) error {
	if !userNameForm.Match(text) {
		return &NotUserError{}
	}
	*u = UserName(text)
	return nil
}

// Fingerprint is a public key as ssh-keygen -l prints it, "SHA256:" and unpadded
// base64, perhaps after its type and a space: "ssh-ed25519 SHA256:…". Without the
// type the server is asked for the types that ssh prefers.
type Fingerprint string

// FingerprintPattern is what a fingerprint looks like, for schemas.
const FingerprintPattern = `^([a-z0-9@.-]+ )?SHA256:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]$`

var fingerprintForm = regexp.MustCompile(FingerprintPattern)

// looksLikeFingerprint reports whether a refused text may be shown.
func looksLikeFingerprint(text string) bool {
	return strings.HasPrefix(text, "SHA256:") || strings.HasPrefix(text, "MD5:")
}

// UnmarshalText refuses what is not a fingerprint.
func (f *Fingerprint) UnmarshalText(text []byte) error {
	if !fingerprintForm.Match(text) {
		return fmt.Errorf("%s is not a fingerprint: want SHA256:… as `ssh-keygen -l` prints it", Shown(string(text), looksLikeFingerprint))
	}
	*f = Fingerprint(text)
	return nil
}

// Split gives the key type, which may be empty, and the part from "SHA256:".
func (f Fingerprint) Split() (keyType, sum string) {
	if before, after, ok := strings.Cut(string(f), " "); ok {
		return before, after
	}
	return "", string(f)
}

// Duration is a positive time in whole milliseconds, in Go's notation without
// fractions: "250ms", "1m30s".
type Duration time.Duration

// DurationPattern is what a duration looks like, for schemas: its largest unit
// first, up to 99999 of it, then less than one of the unit before.
const DurationPattern = `^[1-9][0-9]{0,4}(?:h(?:[1-5]?[0-9]m)?(?:[1-5]?[0-9]s)?(?:[0-9]{1,3}ms)?|m(?:[1-5]?[0-9]s)?(?:[0-9]{1,3}ms)?|s(?:[0-9]{1,3}ms)?|ms)$`

var durationForm = regexp.MustCompile(DurationPattern)

// String is the shortest notation.
func (d Duration) String() string {
	var b strings.Builder
	left := time.Duration(d)
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}, {time.Millisecond, "ms"}} {
		if n := left / unit.of; n != 0 {
			fmt.Fprintf(&b, "%d%s", n, unit.name)
			left -= n * unit.of
		}
	}
	return b.String()
}

// Meant is the time that a number without a unit stands for, which ssh's own config
// counts in seconds.
func (Duration) Meant(text string) string {
	if strings.Trim(text, "0123456789") == "" {
		return text + "s"
	}
	return text
}

// MarshalText writes the shortest notation.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText refuses what is not such a time.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil || !durationForm.Match(text) {
		return fmt.Errorf(`%s is not a time: want one like "10s", "250ms", "1m30s"`, Shown(string(text), LooksLikeNumber))
	}
	*d = Duration(parsed)
	return nil
}
