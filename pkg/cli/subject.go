package cli

import (
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"hostkit/pkg/jsonx"
)

// HostName is the name of the host that a document is about, or where the
// document stands when it has none.
func HostName(d jsonx.Document) string { return subjectOf(d).name }

// AboutHost is an error of a document with the host's name before it.
func AboutHost(d jsonx.Document, err error) error {
	if s := subjectOf(d); s.says(err.Error()) != err.Error() {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return err
}

// subject is what the messages about a document begin with.
type subject struct {
	// name is the host's, or where the document stands.
	name string
	// stream is the document's, where it names no host.
	stream string
}

func subjectOf(d jsonx.Document) subject {
	if name := gjson.GetBytes(d.Raw, "host.name"); name.Type == gjson.String && name.Str != "" {
		return subject{name: name.Str}
	}
	return subject{fmt.Sprintf("%s:%d:%d", d.Name, d.Line, d.Column), d.Name}
}

// says puts the name before a message. A place in the document is not put before
// another one.
func (s subject) says(message string) string {
	if s.stream != "" && strings.HasPrefix(message, s.stream+":") {
		return message
	}
	return s.name + ": " + message
}
