package openpgp

import (
	"fmt"
	"regexp"
	"strings"
)

// KeyFingerprint is that of a primary key, in upper-case hexadecimal digits: 40 of
// them (version 4) or 64 (version 6).
type KeyFingerprint string

// KeyFingerprintPattern is what a person may write for one, for schemas: spaces
// between the digits, as gpg prints them, and lower case are taken too.
const KeyFingerprintPattern = `^ *(?:[0-9A-Fa-f] *){40}(?:(?:[0-9A-Fa-f] *){24})?$`

var fingerprintForm = regexp.MustCompile(`^(?:[0-9A-F]{40}|[0-9A-F]{64})$`)

// UnmarshalText refuses what is not a full fingerprint: short ones have been
// forged.
func (f *KeyFingerprint) UnmarshalText(text []byte) error {
	digits := strings.ToUpper(strings.ReplaceAll(string(text), " ", ""))
	if !fingerprintForm.MatchString(digits) {
		return fmt.Errorf("%q is not a full fingerprint: want 40 or 64 hexadecimal digits, it has %d", text, len(digits))
	}
	*f = KeyFingerprint(digits)
	return nil
}
