package reference

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/schemas"
)

// shape is a part of a JSON schema.
type shape struct {
	Ref         string           `json:"$ref"`
	Defs        map[string]shape `json:"$defs"`
	Type        string           `json:"type"`
	Const       string           `json:"const"`
	Enum        []string         `json:"enum"`
	Description string           `json:"description"`
	Properties  json.RawMessage  `json:"properties"`
	Required    []string         `json:"required"`
	Items       *shape           `json:"items"`
	OneOf       []shape          `json:"oneOf"`
	// More is false where other members are refused, else what they are.
	More json.RawMessage `json:"additionalProperties"`
}

// member is one of an object's, in the order of the schema.
type member struct {
	name string
	shape
}

func (s shape) members() ([]member, error) {
	if s.Properties == nil {
		return nil, nil
	}
	var values map[string]shape
	if err := json.Unmarshal(s.Properties, &values); err != nil {
		return nil, err
	}
	var all []member
	d := json.NewDecoder(strings.NewReader(string(s.Properties)))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var passed json.RawMessage
		if err := d.Decode(&passed); err != nil {
			return nil, err
		}
		all = append(all, member{name.(string), values[name.(string)]})
	}
	return all, nil
}

// manConfig lists what a config can have, from its schema.
func manConfig(m *mdoc, _ string) error {
	raw, _ := schemas.Get(doc.SchemaConfig)
	var root shape
	if err := json.Unmarshal(raw, &root); err != nil {
		return err
	}
	if err := m.object("The config", root, root); err != nil {
		return err
	}
	first := []string{"HostConfig", "SSH", "ServiceConfig"}
	var rest []string
	for name := range root.Defs {
		if !slices.Contains(first, name) {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	for _, name := range append(first, rest...) {
		if err := m.object(name, root.Defs[name], root); err != nil {
			return err
		}
	}
	return nil
}

// object lists the members of one type.
func (m *mdoc) object(name string, s, root shape) error {
	m.printf(".Ss %s", name)
	m.prose(s.Description)
	members, err := s.members()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(members) == 0 {
		m.text("It is " + s.kind() + ".")
		return nil
	}
	m.printf(".Bl -tag -width Ds")
	for _, f := range members {
		kind := f.kind()
		if slices.Contains(s.Required, f.name) {
			kind += ", required"
		}
		m.printf(".It Cm %s Pq %s", argument(f.name), argument(kind))
		switch {
		case f.Description != "":
			m.prose(f.Description)
		case f.Const != "":
			m.text("What the document is, and its major version.")
		default:
			summary, _, _ := strings.Cut(root.Defs[f.refers()].Description, "\n")
			m.prose(summary)
		}
	}
	m.printf(".El")
	return nil
}

// prose sets a description, which may have paragraphs.
func (m *mdoc) prose(text string) {
	for i, part := range strings.Split(text, "\n\n") {
		if i > 0 {
			m.printf(".Pp")
		}
		m.text(part)
	}
}

// refers is the name of the type that a value, or what it holds, has.
func (s shape) refers() string {
	for _, part := range []*shape{&s, s.more(), s.Items} {
		if part != nil && part.Ref != "" {
			return strings.TrimPrefix(part.Ref, "#/$defs/")
		}
	}
	return ""
}

func (s shape) more() *shape {
	var more shape
	if s.More == nil || json.Unmarshal(s.More, &more) != nil {
		return nil
	}
	return &more
}

// kind says in words what a value may be.
func (s shape) kind() string {
	more := s.more()
	switch {
	case s.Ref != "":
		return strings.TrimPrefix(s.Ref, "#/$defs/")
	case s.Const != "":
		return `"` + s.Const + `"`
	case s.Enum != nil:
		return `"` + strings.Join(s.Enum, `" or "`) + `"`
	case s.OneOf != nil:
		all := make([]string, len(s.OneOf))
		for i, one := range s.OneOf {
			all[i] = one.kind()
		}
		return strings.Join(all, " or ")
	case s.Type == "array":
		return "array of " + s.Items.kind()
	case more != nil:
		return "object of " + more.kind()
	case s.Type == "object":
		members, err := s.members()
		if err != nil || len(members) == 0 {
			return "object"
		}
		names := make([]string, len(members))
		for i, m := range members {
			names[i] = m.name
		}
		return "{" + strings.Join(names, ", ") + "}"
	}
	return s.Type
}
