package resource

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/secret"
	"hostkit/pkg/shell"
)

// secret is the value of a reference; zero where it could not be had.
func (s Site) secret(ref doc.SecretRef) secret.Value {
	if s.Secret == nil {
		return secret.Value{}
	}
	return s.Secret(ref)
}

// newSecretMode is the mode of a new file that holds a secret and that the config
// gives none.
const newSecretMode doc.Mode = "0600"

// FileContent is what a config gives a file to hold.
type FileContent struct {
	// Bytes is the content where Secret is nil.
	Bytes doc.Bytes
	// Secret names where the content comes from.
	Secret *doc.SecretRef
}

// OneOfShapes lists the forms, for schemas and checks.
func (FileContent) OneOfShapes() []any { return []any{doc.Bytes{}, doc.SecretRef{}} }

// MarshalJSON writes the form that holds the content.
func (c FileContent) MarshalJSON() ([]byte, error) {
	return doc.Content{Bytes: c.Bytes, Secret: c.Secret}.MarshalJSON()
}

// UnmarshalJSON reads both forms.
func (c *FileContent) UnmarshalJSON(raw []byte) error {
	if doc.IsSecretRef(raw) {
		c.Bytes, c.Secret = nil, &doc.SecretRef{}
		return json.Unmarshal(raw, c.Secret)
	}
	c.Secret = nil
	return c.Bytes.UnmarshalJSON(raw)
}

// match says whether a file holds the secret that it should. The digest of what it
// holds stands in no document: of a secret that can be guessed it tells which guess
// is right.
type match string

// The matches, and in documents the words of JSON for the first two. What is unknown
// is that of a secret which could not be had.
const (
	matchYes     match = "true"
	matchNo      match = "false"
	matchUnknown match = "unknown"
)

// MarshalJSON writes a word of JSON, or "unknown".
func (m match) MarshalJSON() ([]byte, error) {
	if m == matchUnknown {
		return []byte(`"unknown"`), nil
	}
	return []byte(m), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *match) UnmarshalJSON(raw []byte) error {
	switch string(raw) {
	case "true", "false":
		*m = match(raw)
	case `"unknown"`:
		*m = matchUnknown
	default:
		return errors.New(`want true, false or "unknown"`)
	}
	return nil
}

// secretMember is a content of which only a reference to a secret is read: others may
// be long.
type secretMember struct{ ref *doc.SecretRef }

func (r *secretMember) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '{' {
		return d.SkipValue()
	}
	raw, err := d.ReadValue()
	if err != nil || !doc.IsSecretRef(raw) {
		return err
	}
	r.ref = &doc.SecretRef{}
	return json.Unmarshal(raw, r.ref)
}

// secretOf is the reference of a resource whose content is a secret; nil for others.
func secretOf(r doc.Resource) *doc.SecretRef {
	var spec struct {
		Content secretMember `json:"content"`
	}
	if len(r.Spec) == 0 || jsonx.UnmarshalPart(r.Spec, "", &spec) != nil {
		return nil
	}
	return spec.Content.ref
}

// secret is the reference of a side whose content is a secret; nil for others.
func (s pathState) secret() *doc.SecretRef {
	if s.Content == nil {
		return nil
	}
	return s.Content.Secret
}

// secret is the secret that the change is about; nil where it is about none.
func (c pathChange) secret() *doc.SecretRef {
	if ref := c.after.secret(); ref != nil {
		return ref
	}
	return c.before.secret()
}

// reference is what a side without its content still has of it: where its secret
// comes from, which is to be compared all the same.
func (s pathState) reference() *doc.Content {
	if s.secret() == nil {
		return nil
	}
	return s.Content
}

// sameContent reports whether two sides of a file have the same content.
func (s pathState) sameContent(other pathState) bool {
	return s.Digest == other.Digest && s.Matches == other.Matches
}

// tells reports whether what was observed is what want is about. Facts may be those of
// another config, which had no secret there, or had one, or another one.
func (seen pathObservation) tells(want pathState) bool {
	if ref := want.secret(); ref != nil {
		return seen.Matches != "" && seen.ComparedWith != nil && seen.ComparedWith.Same(*ref)
	}
	return seen.Type != typeFile || seen.Digest != ""
}

// closed refuses a secret in a file that is there and that everybody may read: the
// config does not say that its mode is to be another one.
func (seen pathObservation) closed(r doc.Resource, want pathState) error {
	if want.secret() == nil || want.Mode != "" || seen.Mode == "" || seen.Mode[len(seen.Mode)-1] < '4' {
		return nil
	}
	return &Refusal{
		Code:    "readable_secret",
		Message: fmt.Sprintf("everybody on the host may read %s (mode %s), which is to hold a secret", r.Name, seen.Mode),
		Hint:    fmt.Sprintf(`give it a mode: "mode": %q, or %q if all of them shall know it`, newSecretMode, seen.Mode),
	}
}

// comparedSecret plans to write a secret. What was not compared may well be as it
// should: hk-apply finds out.
func comparedSecret(seen pathObservation, before, after pathState) (Difference, error) {
	before.Stamp = seen.Stamp
	if before.Matches != matchUnknown {
		return difference(doc.Update, "drift", before, after)
	}
	before.Matches = ""
	others := after
	others.Matches = ""
	if others.heldBy(before) {
		return difference(doc.Unknown, "not compared: the secret was not had", before, after)
	}
	return difference(doc.Update, "drift", before, after)
}

// checkSecret refuses a change that can't tell which secret it is about, or that
// would be made whatever the file holds.
func (c pathChange) checkSecret() error {
	before, after := c.before.secret(), c.after.secret()
	if before == nil && after == nil {
		if c.before.Matches+c.after.Matches != "" {
			return errors.New("the plan does not say which secret the file holds")
		}
		return nil
	}
	// Of what is there it is known that it holds the secret, or which state of it was
	// looked at.
	known := c.before.State != doc.Present || c.before.Matches == matchYes || c.before.Stamp != ""
	switch {
	case c.address.Kind() != typeFile:
		return errors.New("the plan has a secret where none can be")
	case before != nil && after != nil && !before.Same(*after), after == nil && c.after.State != doc.Absent:
		return errors.New("the plan has a secret on one side of the change and something else on the other")
	case after != nil && (c.after.Matches != matchYes || c.after.FromBackup || c.after.Stamp != ""):
		return errors.New("the plan does not say that the file is to hold its secret")
	case c.before.Digest+c.after.Digest != "":
		return errors.New("the plan has a digest of what is, or was, a secret")
	case !known:
		return errors.New("the plan does not say what is there")
	}
	return nil
}

// hider puts, in what is told of a path, whether it holds a secret in the place of the
// digest of its content. The zero hider tells the digest.
type hider struct {
	ref *doc.SecretRef
	// value is zero where the secret could not be had.
	value secret.Value
}

func hiderOf(ref *doc.SecretRef, on Site) hider {
	if ref == nil {
		return hider{}
	}
	return hider{ref, on.secret(*ref)}
}

// match compares the content of what was seen with the secret.
func (h hider) match(s *sight) match {
	switch {
	case s.digest == "":
		return ""
	case h.value.IsZero():
		return matchUnknown
	case s.digest == secretDigest(h.value):
		return matchYes
	}
	return matchNo
}

// observed hides the content in what hk-facts tells.
func (h hider) observed(s *sight, seen *pathObservation) {
	if h.ref != nil {
		seen.Matches, seen.ComparedWith, seen.Stamp = h.match(s), h.ref, s.stat.stamp
		seen.Digest, seen.Content = "", nil
	}
}

// found hides the content in what a recheck tells.
func (h hider) found(s *sight, state *pathState) {
	if h.ref != nil {
		state.Matches, state.Stamp, state.Digest = h.match(s), s.stat.stamp, ""
	}
}

func secretDigest(v secret.Value) doc.Digest { return digestOf(v.Reveal()) }

// putSecret is the step that writes a secret. The host keeps no backup of what was
// there, which may be the secret of before, but for as long as the step of what is
// vetted, or a dead-man switch, may have to put it back.
func (c pathChange) putSecret(on Site) (Work, error) {
	value := on.secret(*c.after.secret())
	if value.IsZero() {
		return Work{}, fmt.Errorf("its secret was not had: %s", c.after.secret())
	}
	w := c.work("write", shell.New(`hk_put "$@"`,
		c.path, c.folder(), strconv.Itoa(value.Len()), secretDigest(value).Hex(),
		string(c.after.Owner), string(c.after.Group), string(c.after.Mode), ""))
	w.Secret = value
	return w, nil
}
