package mise

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
)

//go:embed release.json
var embedded []byte

// Embedded is the release that a host gets when neither the config nor a lock names
// one. release.json says where its checksums are from.
func Embedded() doc.MiseRelease {
	var r struct {
		doc.MiseRelease
		About []string `json:"about"`
	}
	if err := json.Unmarshal(embedded, &r); err != nil {
		panic("mise: release.json: " + err.Error())
	}
	r.Source = "embedded"
	return r.MiseRelease
}

// version is what mise's releases are called, without the "v".
var version = regexp.MustCompile(`^[0-9]+(\.[0-9]+){2}(-[0-9A-Za-z.]+)?$`)

// CheckVersion refuses what is no version of a release, with a hint.
func CheckVersion(s string) (message, hint string) {
	if version.MatchString(s) {
		return "", ""
	}
	hint = "versions are spelled like 2026.9.15"
	if bare := strings.TrimPrefix(s, "v"); version.MatchString(bare) {
		hint = fmt.Sprintf("write %q, without the v", bare)
	}
	return fmt.Sprintf("%q is not a version of mise", s), hint
}

// CheckURL refuses an address that a host can't download from. A user and password
// in it would stand in a document and in the host's list of processes.
func CheckURL(s string) (message, hint string) {
	rest, https := strings.CutPrefix(s, "https://")
	if !https {
		var http bool
		if rest, http = strings.CutPrefix(s, "http://"); !http {
			return fmt.Sprintf("%q is not an address to download from", s), "addresses begin with https:// or http://"
		}
	}
	host, _, _ := strings.Cut(rest, "/")
	refused := func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"\<>^{}|`+"`", r) }
	switch {
	case strings.Contains(host, "@"):
		return "the address has a user in it, which everybody could read", "take an address that needs no login, or from"
	case host == "" || strings.IndexFunc(s, refused) >= 0:
		return fmt.Sprintf("%q is not an address to download from", s), "what is not a letter, a digit or a sign is written as %20 and the like"
	}
	return "", ""
}
