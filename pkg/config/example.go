package config

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"

	"hostkit/pkg/jsonx"
	"hostkit/pkg/resource"
)

// exampleConfig is a config to show the parts of, with the examples of the kinds: what
// stands at a place of it is an example of what may stand there.
func exampleConfig(kinds []resource.Kind) []byte {
	service := []byte{'{'}
	for _, kind := range kinds {
		if section := kind.Section(); section.Example != "" {
			service = appendMember(service, section.Member, []byte(section.Example))
		}
	}
	service = append(appendMember(service, "hosts", []byte(`["web*"]`)), '}')
	config := []byte(`{"schema": "hostkit.config/v1", "project": "prod", "hosts": {"web1": {"hostname": "192.0.2.1"}}`)
	config = appendMember(config, "services", append(appendMember([]byte{'{'}, "base", service), '}'))
	return append(config, '}')
}

// example is what may stand at a place, nil where none is known. Whatever a thing is
// called, the first of the example stands for it.
func (f *finder) example(pointer string) []byte {
	s, value := f.shape, f.sample
	for token := range jsontext.Pointer(pointer).Tokens() {
		if s == nil {
			return nil
		}
		switch {
		case s.elem != nil:
			value = first(value)
		case strings.HasPrefix(token, "$"):
			value = nil // no example has one
		case len(value) > 0:
			value, _ = jsonx.Member(value, token)
		}
		if like := s.likes(token); len(value) == 0 && like != "" {
			value, _ = jsonx.Marshal(like)
		}
		s = s.member(token)
	}
	return value
}

// likes is an example of the text that a member takes, "" where its field has none.
func (s *shape) likes(member string) string {
	for _, form := range s.forms {
		if like := form.likes(member); like != "" {
			return like
		}
	}
	return s.like[member]
}

// first is the first value of an object or array, nil where there is none.
func first(raw []byte) []byte {
	var value []byte
	gjson.ParseBytes(raw).ForEach(func(_, v gjson.Result) bool { value = []byte(v.Raw); return false })
	return value
}

// mostShown is how many bytes of an example or of what was meant are worth reading.
const mostShown = 100

// brief is a value as short as a message takes it: of a long one the first members,
// and "…" for the others.
func brief(raw []byte) string {
	if len(raw) <= mostShown || raw[0] != '{' && raw[0] != '[' {
		line, err := jsontext.AppendFormat(nil, raw, jsontext.SpaceAfterColon(true), jsontext.SpaceAfterComma(true))
		if err != nil {
			panic(err) // it was read from JSON
		}
		return string(line)
	}
	var b strings.Builder
	b.WriteByte(raw[0])
	gjson.ParseBytes(raw).ForEach(func(key, value gjson.Result) bool {
		text := brief([]byte(value.Raw))
		if raw[0] == '{' {
			text = key.Raw + ": " + text
		}
		if b.Len() > 1 && b.Len()+len(text) > mostShown {
			b.WriteString(", …")
			return false
		}
		if b.Len() > 1 {
			b.WriteString(", ")
		}
		b.WriteString(text)
		return true
	})
	b.WriteByte(raw[len(raw)-1])
	return b.String()
}
