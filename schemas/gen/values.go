package main

import (
	"encoding/json"
	"reflect"

	"github.com/invopop/jsonschema"

	"hostkit/pkg/doc"
	"hostkit/pkg/openpgp"
	"hostkit/pkg/resource"
)

// maxInteger is the end of the range in which JSON readers agree (RFC 7493).
const maxInteger = 1<<53 - 1

// texts are the types that refuse some strings.
var texts = map[reflect.Type]func() *jsonschema.Schema{
	reflect.TypeFor[doc.Address]():            pattern(doc.AddressPattern),
	reflect.TypeFor[doc.Digest]():             pattern(doc.DigestPattern),
	reflect.TypeFor[doc.Mode]():               pattern(doc.ModePattern),
	reflect.TypeFor[doc.UserName]():           pattern(doc.UserNamePattern),
	reflect.TypeFor[doc.Fingerprint]():        pattern(doc.FingerprintPattern),
	reflect.TypeFor[doc.Duration]():           pattern(doc.DurationPattern),
	reflect.TypeFor[resource.Account]():       pattern(resource.AccountPattern),
	reflect.TypeFor[openpgp.KeyFingerprint](): pattern(openpgp.KeyFingerprintPattern),
	reflect.TypeFor[doc.Presence]():           enum(doc.Present, doc.Absent),
	reflect.TypeFor[doc.Action]():             enum(doc.Create, doc.Update, doc.Delete, doc.Unknown, doc.Run),
	reflect.TypeFor[doc.HostStatus](): enum(
		doc.StatusApplied, doc.StatusNothingToDo, doc.StatusDryRun, doc.StatusFailed,
		doc.StatusStale, doc.StatusBusy, doc.StatusUnreachable, doc.StatusInterrupted, doc.StatusSkipped,
		doc.StatusRolledBack,
	),
	reflect.TypeFor[doc.ChangeStatus](): enum(
		doc.ChangeDone, doc.ChangeAlready, doc.ChangeFailed, doc.ChangeSkipped,
		doc.ChangeNotReached, doc.ChangeWouldChange, doc.ChangeUnknown, doc.ChangeRolledBack,
	),
	reflect.TypeFor[doc.EventType](): enum(
		doc.EventProtocol, doc.EventHostStarted, doc.EventChangeStarted,
		doc.EventChangeFinished, doc.EventHostFinished, doc.EventNote, doc.EventOutput,
	),
}

func pattern(p string) func() *jsonschema.Schema {
	return func() *jsonschema.Schema { return &jsonschema.Schema{Pattern: p} }
}

func enum[T ~string](words ...T) func() *jsonschema.Schema {
	return func() *jsonschema.Schema {
		s := &jsonschema.Schema{}
		for _, w := range words {
			s.Enum = append(s.Enum, string(w))
		}
		return s
	}
}

// object is a closed object of which all members are required.
func object(description string, members ...any) *jsonschema.Schema {
	s := &jsonschema.Schema{
		Type: "object", Description: description,
		Properties: jsonschema.NewProperties(), AdditionalProperties: jsonschema.FalseSchema,
	}
	for i := 0; i < len(members); i += 2 {
		name := members[i].(string)
		s.Properties.Set(name, members[i+1].(*jsonschema.Schema))
		s.Required = append(s.Required, name)
	}
	return s
}

func base64Object() *jsonschema.Schema {
	return object("Bytes that are not UTF-8.", "$base64",
		&jsonschema.Schema{Type: "string", Pattern: doc.Base64Pattern, ContentEncoding: "base64"})
}

func notEmpty(description string) *jsonschema.Schema {
	one := uint64(1)
	return &jsonschema.Schema{Type: "string", MinLength: &one, Description: description}
}

func (g *generator) file() *jsonschema.Schema {
	t := reflect.TypeFor[doc.FileRef]()
	digest := texts[reflect.TypeFor[doc.Digest]()]()
	digest.Type = "string"
	return object(g.comment(t, ""),
		"$file", notEmpty(g.comment(t, "Path")),
		"size", &jsonschema.Schema{Type: "integer", Minimum: json.Number("0")},
		"digest", digest)
}

func (g *generator) secretSource() *jsonschema.Schema {
	t := reflect.TypeFor[doc.SecretSource]()
	one := uint64(1)
	env := &jsonschema.Schema{Type: "string", Pattern: doc.VariableNamePattern, Description: g.comment(t, "Env")}
	command := &jsonschema.Schema{Type: "array", Items: text(), MinItems: &one, Description: g.comment(t, "Command")}
	s := oneOf(
		object("", "env", env),
		object("", "file", notEmpty(g.comment(t, "File"))),
		object("", "command", command),
	)
	s.Description = g.comment(t, "")
	return s
}
