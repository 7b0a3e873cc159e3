package doc

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// IsSecretRef reports whether a value is an object of the one member $secret, a
// reference or what was meant as one.
func IsSecretRef(value []byte) bool {
	var ref struct {
		Secret jsontext.Value `json:"$secret"`
	}
	return jsontext.Value(value).Kind() == '{' &&
		json.Unmarshal(value, &ref, json.RejectUnknownMembers(true)) == nil && ref.Secret != nil
}

// eachSecret calls found with the references among the members of an object. What
// a kind says of a resource or of a side of a change has them nowhere deeper.
func eachSecret(object []byte, found func(member string, ref SecretRef)) {
	d := jsontext.NewDecoder(bytes.NewReader(object))
	if begin, err := d.ReadToken(); err != nil || begin.Kind() != '{' {
		return
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return
		}
		member := name.String()
		if d.PeekKind() != '{' {
			if d.SkipValue() != nil {
				return
			}
			continue
		}
		value, err := d.ReadValue()
		if err != nil {
			return
		}
		var ref SecretRef
		if IsSecretRef(value) && json.Unmarshal(value, &ref) == nil {
			found(member, ref)
		}
	}
}

// HasSecret reports whether a side of a change holds a reference.
func HasSecret(side Attributes) bool {
	has := false
	eachSecret(side, func(string, SecretRef) { has = true })
	return has
}

// secretUses lists references, each once, with the places that use it.
type secretUses []SecretUse

func (uses *secretUses) add(ref SecretRef, at string) {
	for i, use := range *uses {
		if use.Same(ref) {
			if !slices.Contains(use.UsedBy, at) {
				(*uses)[i].UsedBy = append(use.UsedBy, at)
			}
			return
		}
	}
	*uses = append(*uses, SecretUse{SecretRef: ref, UsedBy: []string{at}})
}

// of adds the references that an object about a resource holds.
func (uses *secretUses) of(a Address, object []byte) {
	eachSecret(object, func(member string, ref SecretRef) { uses.add(ref, member+" of "+string(a)) })
}

// Unsaid are the places of a use that a list does not have.
func (u SecretUse) Unsaid(said []SecretUse) []string {
	return slices.DeleteFunc(slices.Clone(u.UsedBy), func(at string) bool {
		return slices.ContainsFunc(said, func(s SecretUse) bool {
			return s.Same(u.SecretRef) && slices.Contains(s.UsedBy, at)
		})
	})
}

// SecretsOf lists every secret that resources hold, each with the places of its
// reference: "content of file:/etc/app.env".
func SecretsOf(resources ...Resource) []SecretUse {
	var uses secretUses
	for _, r := range resources {
		uses.of(r.Address, r.Spec)
	}
	return uses
}

// SecretsOfChanges is [SecretsOf] for both sides of changes.
func SecretsOfChanges(changes ...Change) []SecretUse {
	var uses secretUses
	for _, c := range changes {
		uses.of(c.Address, c.Before)
		uses.of(c.Address, c.After)
	}
	return uses
}

// AllSecrets lists every secret that applying the plan takes: those of reaching the
// host, and those that its changes hold.
func (p Plan) AllSecrets() []SecretUse {
	return united(p.Host.Secrets(), SecretsOfChanges(p.Changes...))
}

// AllSecrets lists every secret that the document refers to: those of reaching the
// host, and those that its resources hold.
func (d HostDocument) AllSecrets() []SecretUse {
	return united(d.Host.Secrets(), SecretsOf(d.Resources...))
}

func united(uses secretUses, more []SecretUse) []SecretUse {
	for _, use := range more {
		for _, at := range use.UsedBy {
			uses.add(use.SecretRef, at)
		}
	}
	return uses
}
