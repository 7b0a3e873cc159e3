package doc

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Jump is a host that connections go through. A person may also write it as ssh
// -J takes it, "user@host:port". In a config, a hostname that is the name of one
// of its hosts means that host; what is given here wins. Its own jump hosts come
// before it where it is the first of a list, as with ssh -J. Its SSH holds neither
// Jump nor Retry: the chain is one list.
type Jump struct {
	// Hostname is what one would write after `ssh`, or the name of a host of the
	// config.
	Hostname string `json:"hostname" called:"address addr ip host"`
	// User is the login name there.
	User string `json:"user,omitzero"`
	SSH  *SSH   `json:"ssh,omitzero"`
}

// UnmarshalJSONFrom reads both forms. It goes on with the same decoder, so that an
// error knows its place.
func (j *Jump) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*j = Jump{}
	if d.PeekKind() == jsontext.KindBeginObject {
		return json.UnmarshalDecode(d, (*jumpObject)(j))
	}
	var text jumpText
	if err := json.UnmarshalDecode(d, &text); err != nil {
		return err
	}
	read, err := ParseJump(string(text))
	*j = read
	return err
}

// OneOfShapes lists the two forms, for schemas and checks.
func (Jump) OneOfShapes() []any { return []any{jumpText(""), jumpObject{}} }

// jumpObject is Jump without its methods.
type jumpObject Jump

// jumpText is a jump host as ssh -J takes it: "[user@]host[:port]" or
// "ssh://[user@]host[:port]", an IPv6 address before a port in brackets.
type jumpText string

// SchemaPattern is what such a text looks like.
func (jumpText) SchemaPattern() string { return jumpPattern }

// UnmarshalText refuses what is not a jump host.
func (j *jumpText) UnmarshalText(text []byte) error {
	*j = jumpText(text)
	_, err := ParseJump(string(text))
	return err
}

// The parts of jumpPattern. A comma would be the next hop; what follows a slash
// means nothing to ssh.
const (
	jumpUser = `[^\x00-\x20,/:\[\]]+`
	jumpName = `[^\x00-\x20,/:@\[\]]+`
	jumpIPv6 = `[^\x00-\x20,/@\[\]]*:[^\x00-\x20,/@\[\]]*`
	jumpPort = `[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]`

	jumpPattern = `^(?:ssh://)?(?:(` + jumpUser + `)@)?` +
		`(?:(?:\[(` + jumpIPv6 + `)\]|(` + jumpName + `))(?::(` + jumpPort + `))?|(` + jumpIPv6 + `:[^\x00-\x20,/@\[\]]*))/?$`
)

var jumpForm = regexp.MustCompile(jumpPattern)

// ParseJump reads one hop of ssh -J.
func ParseJump(text string) (Jump, error) {
	parts := jumpForm.FindStringSubmatch(text)
	if user, _, found := strings.Cut(text, "@"); found && strings.Contains(strings.TrimPrefix(user, "ssh://"), ":") {
		return Jump{}, errors.New("a jump host with a password in clear: want user@host:port")
	}
	if parts == nil {
		return Jump{}, fmt.Errorf("%s is not a jump host: want user@host:port, the user and the port only where needed", Shown(text, LooksLikeName))
	}
	j := Jump{User: parts[1], Hostname: parts[2] + parts[3] + parts[5]}
	if parts[4] != "" {
		port, err := strconv.Atoi(parts[4])
		if err != nil {
			return Jump{}, err
		}
		j.SSH = &SSH{Port: Port(port)}
	}
	return j, nil
}
