package resource

import (
	"io"

	"hostkit/pkg/doc"
)

// Section is where a kind stands in a service of a config.
type Section struct {
	// Member is the name: "files".
	Member string
	// Called is what other programs, and people, call it, with spaces between.
	Called string
	// Shape is a zero value of the Go type of the section, from which strict
	// decoding and the JSON schema come: map[string]File{}.
	Shape any
	// Example is a short section as JSON. Messages show it, or the part in question,
	// to whoever wrote something else; a value of another kind is taken for the first
	// member of the object in which it should stand.
	Example string
}

// Files opens local files that a config names, below the config's folder only.
type Files interface {
	// Load returns the file at a slash-separated relative path: inline up to 64
	// KiB, else as a reference with size and digest.
	Load(path string) (doc.Content, error)
	// Open opens the same file, for what only a part of it tells.
	Open(path string) (LocalFile, error)
}

// LocalFile is an open file of a config.
type LocalFile interface {
	io.ReaderAt
	io.Closer
}

// Declared is a resource as its section declares it.
type Declared struct {
	// Kind is empty for a resource of the section's own kind. A section may
	// declare others: mise's tools stand in the section of mise.
	Kind string
	// Implied is set for what nobody wrote down and another declaration of the
	// section needs: the packages that a tool is built with. It gives way to a
	// declaration of the same address on the same host, and several of one are
	// one.
	Implied bool
	// Name is the part of the address after the colon.
	Name string
	// Pointer is the JSON pointer of the declaration, relative to the section.
	Pointer string
	// Common holds the members that all kinds have.
	Common Common
	// Spec marshals to a JSON object of the kind's own members, with defaults
	// applied. They stand beside those of [doc.Resource], so none may have the
	// name of one of those.
	Spec any
}

// Common is what every declaration may say.
type Common struct {
	// State is "present" (the default) or "absent".
	State doc.Presence `json:"state,omitzero" called:"ensure"`
	// DependsOn are addresses of resources that must be in place before.
	DependsOn []doc.Address `json:"depends_on,omitzero" called:"dependencies depends needs require requires after"`
}

// Problem is something wrong in a config.
type Problem struct {
	// Pointer is a JSON pointer, relative to the section.
	Pointer string
	Message string
	Hint    string
	// Lacks are pointers, relative to the section, of members without which there is
	// the problem. One that is given, and refused for its own sake, is not told a
	// second time as missing.
	Lacks []string
}
