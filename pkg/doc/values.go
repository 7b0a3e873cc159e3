package doc

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Address is the identity of a resource on a host, "kind:name", for example
// "file:/etc/motd". The kind is a lower-case word; the name is any non-empty
// text without a NUL byte.
type Address string

// NewAddress joins a kind and a name.
func NewAddress(kind, name string) Address { return Address(kind + ":" + name) }

// Kind is the part before the first colon.
func (a Address) Kind() string { kind, _, _ := strings.Cut(string(a), ":"); return kind }

// Name is the part after the first colon.
func (a Address) Name() string { _, name, _ := strings.Cut(string(a), ":"); return name }

// Base64Pattern is what base64 looks like, for schemas: RFC 4648, section 4, with
// padding, without line ends, and with zero in the bits that pad.
const Base64Pattern = `^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$`

// AddressPattern is what an address looks like, for schemas.
const AddressPattern = `^[a-z][a-z0-9_]*:[^\x00]+$`

var addressForm = regexp.MustCompile(`(?s)` + AddressPattern)

// UnmarshalText refuses text that is not an address.
func (a *Address) UnmarshalText(text []byte) error {
	if !addressForm.Match(text) {
		return fmt.Errorf(`%q is not an address like "file:/etc/motd"`, text)
	}
	*a = Address(text)
	return nil
}

// Meant is the address of the file at a path.
func (Address) Meant(text string) string {
	if strings.HasPrefix(text, "/") {
		return "file:" + text
	}
	return text
}

// Digest is "sha256:" and 64 lower-case hexadecimal digits.
type Digest string

// DigestPattern is what a digest looks like, for schemas.
const DigestPattern = `^sha256:[0-9a-f]{64}$`

// UnmarshalText refuses text that is not a digest. A plan has thousands, for which a
// regular expression takes too long.
func (d *Digest) UnmarshalText(text []byte) error {
	digits, ok := bytes.CutPrefix(text, []byte("sha256:"))
	if !ok || len(digits) != 64 || len(bytes.Trim(digits, "0123456789abcdef")) > 0 {
		return fmt.Errorf("%q is not a digest: want sha256: and 64 hexadecimal digits", text)
	}
	*d = Digest(text)
	return nil
}

// Hex is the digits alone.
func (d Digest) Hex() string { return strings.TrimPrefix(string(d), "sha256:") }

// Mode is the permission bits of a file or folder as four octal digits, the
// first of which holds setuid (4), setgid (2) and sticky (1): "0644", "2775".
// The empty Mode is "not managed".
type Mode string

// ModePattern is what a mode looks like, for schemas.
const ModePattern = `^[0-7]{4}$`

var modeForm = regexp.MustCompile(ModePattern)

// UnmarshalText refuses text that is not a mode.
func (m *Mode) UnmarshalText(text []byte) error {
	if !modeForm.Match(text) {
		return fmt.Errorf(`%q is not a mode: want four octal digits like "0644"`, text)
	}
	*m = Mode(text)
	return nil
}

// Meant is the mode that is written in other ways too: "750", "0o750", "rwxr-x---" as
// ls prints it. Other text is returned as it is.
func (Mode) Meant(text string) string {
	digits := strings.TrimPrefix(text, "0o")
	if _, err := strconv.ParseUint(digits, 8, 9); err == nil && len(digits) == 3 {
		return "0" + digits
	}
	if len(text) != 9 {
		return text
	}
	bits := 0
	for i, letter := range text {
		switch letter {
		case rune("rwx"[i%3]):
			bits |= 1 << (8 - i)
		case '-':
		default:
			return text
		}
	}
	return fmt.Sprintf("%04o", bits)
}

// usual are modes that people mean.
const usual = " 0400 0440 0444 0500 0550 0555 0600 0640 0644 0660 0664 0666 0700 0710 0711 0750 0751 0755 0770 0775 0777 1777 2750 2755 2770 2775 4755 "

// MeantNumber says which mode a number is, "" where it is none: its digits may be octal,
// or it may be what YAML makes of them, 420 of 0644.
func (Mode) MeantNumber(number string) string {
	decimal, err := strconv.ParseUint(number, 10, 12)
	if err != nil || len(number) < 3 {
		return ""
	}
	inOctal, digits := fmt.Sprintf("%04o", decimal), fmt.Sprintf("%04s", number)
	isUsual := func(mode string) bool { return strings.Contains(usual, " "+mode+" ") }
	switch {
	case !modeForm.MatchString(digits):
		return fmt.Sprintf("%q, which is %s in decimal", inOctal, number)
	case isUsual(digits) && !isUsual(inOctal):
		return strconv.Quote(digits)
	}
	return fmt.Sprintf("%q, if %s is decimal, as yaml makes it of %s, or %q", inOctal, number, inOctal, digits)
}

// Presence says whether a resource is or should be there.
type Presence string

// The two presences. In a config, none given means Present.
const (
	Present Presence = "present"
	Absent  Presence = "absent"
)

// UnmarshalText refuses other words.
func (p *Presence) UnmarshalText(text []byte) error {
	if string(text) == "latest" {
		return errors.New(`"latest" is a state of packages alone: want one of present, absent`)
	}
	return oneOf(p, text, "state", Present, Absent)
}

// Bytes is content: a JSON string where it is UTF-8, else
// {"$base64": "<RFC 4648 section 4>"}.
type Bytes []byte

type base64Bytes struct {
	Base64 string `json:"$base64"`
}

// MarshalJSON writes a string where that loses nothing.
func (b Bytes) MarshalJSON() ([]byte, error) {
	if utf8.Valid(b) {
		return json.Marshal(string(b))
	}
	return json.Marshal(base64Bytes{base64.StdEncoding.EncodeToString(b)})
}

// UnmarshalJSON reads both forms.
func (b *Bytes) UnmarshalJSON(raw []byte) error {
	if jsontext.Value(raw).Kind() == '"' {
		var s string
		err := json.Unmarshal(raw, &s)
		*b = Bytes(s)
		return err
	}
	var wrapped base64Bytes
	if err := json.Unmarshal(raw, &wrapped, json.RejectUnknownMembers(true)); err != nil || Complete(raw, wrapped) != nil {
		return errors.New(`want text, or {"$base64": "…"}`)
	}
	// The decoder skips line ends, which RFC 4648 (3.1) leaves no room for.
	if strings.ContainsAny(wrapped.Base64, "\r\n") {
		return errors.New("$base64: a line end in it")
	}
	decoded, err := base64.StdEncoding.Strict().DecodeString(wrapped.Base64)
	if err != nil {
		return fmt.Errorf("$base64: %w", err)
	}
	*b = decoded
	return nil
}

// SecretRef names where a secret comes from; it never holds one. Exactly one of
// the members is set. Only hk-facts and hk-apply resolve it, at the last moment.
type SecretRef struct {
	// Secret is one of three places on the control machine.
	Secret SecretSource `json:"$secret"`
}

// SecretSource is one of three places on the control machine.
type SecretSource struct {
	// Env is the name of an environment variable; it begins with HOSTKIT_
	// unless --allow-env names it.
	Env VariableName `json:"env,omitzero"`
	// File is a path below --secret-dir. One trailing newline is dropped, except where
	// it is the content of a file.
	File string `json:"file,omitzero"`
	// Command is an argument list, run without a shell and only with
	// --allow-secret-commands. One trailing newline of its output is dropped, except
	// where it is the content of a file.
	Command []string `json:"command,omitzero"`
}

// UnmarshalJSON refuses a source that names none or several places.
func (s *SecretSource) UnmarshalJSON(raw []byte) error {
	type plain SecretSource
	var p plain
	var given map[string]jsontext.Value
	err := json.Unmarshal(raw, &p, json.RejectUnknownMembers(true))
	if unnamed, ok := errors.AsType[*NotVariableError](err); ok {
		return fmt.Errorf("env: %w", unnamed)
	}
	if err != nil || json.Unmarshal(raw, &given) != nil || Complete(raw, p) != nil {
		return errors.New(`want {"env": NAME}, {"file": PATH} or {"command": [ARGUMENT, …]}`)
	}
	if len(given) != 1 || p.Env == "" && p.File == "" && len(p.Command) == 0 {
		return errors.New("want exactly one of env, file and command")
	}
	*s = SecretSource(p)
	return nil
}

// Same reports whether both references name the same place.
func (r SecretRef) Same(other SecretRef) bool {
	a, b := r.Secret, other.Secret
	return a.Env == b.Env && a.File == b.File && slices.Equal(a.Command, b.Command)
}

// String names the reference for people: "env HOSTKIT_SSH_PASSWORD". An argument
// of a command that could be taken for several is quoted.
func (r SecretRef) String() string {
	switch s := r.Secret; {
	case s.Env != "":
		return "env " + string(s.Env)
	case s.File != "":
		return "file " + s.File
	case len(s.Command) > 0:
		text := "command"
		for _, argument := range s.Command {
			if argument == "" || strings.ContainsAny(argument, " \t\r\n\"") {
				argument = strconv.Quote(argument)
			}
			text += " " + argument
		}
		return text
	}
	return "no secret"
}

// Content is what a file holds: bytes, a large file on the control machine, or a
// secret.
type Content struct {
	// Bytes is the content where File and Secret are nil.
	Bytes Bytes
	File  *FileRef
	// Secret names where the content comes from. Only hk-facts and hk-apply know it.
	Secret *SecretRef
}

// FileRef is a file on the control machine that is too large to stand in a
// document. hk-apply opens it below --base and checks size and digest again.
type FileRef struct {
	// Path is as written in the config, relative to the config's folder.
	Path   string `json:"$file"`
	Size   int64  `json:"size"`
	Digest Digest `json:"digest"`
}

// MarshalJSON writes the form that holds the content.
func (c Content) MarshalJSON() ([]byte, error) {
	switch {
	case c.File != nil:
		return json.Marshal(*c.File)
	case c.Secret != nil:
		return json.Marshal(*c.Secret)
	}
	return c.Bytes.MarshalJSON()
}

// UnmarshalJSON reads all four forms.
func (c *Content) UnmarshalJSON(raw []byte) error {
	var ref FileRef
	isObject := jsontext.Value(raw).Kind() == '{'
	if IsSecretRef(raw) {
		c.Bytes, c.File, c.Secret = nil, nil, &SecretRef{}
		return json.Unmarshal(raw, c.Secret)
	}
	if isObject && json.Unmarshal(raw, &ref, json.RejectUnknownMembers(true)) == nil && ref.Path != "" {
		if Complete(raw, ref) != nil || ref.Size < 0 {
			return errors.New("a $file wants its size in bytes and its digest")
		}
		c.Bytes, c.File, c.Secret = nil, &ref, nil
		return nil
	}
	c.File, c.Secret = nil, nil
	return c.Bytes.UnmarshalJSON(raw)
}

// Port is a TCP port, 1 to 65535. The zero Port is "not given"; a document can't
// say 0.
type Port int

// UnmarshalJSON refuses what is not a port.
func (p *Port) UnmarshalJSON(raw []byte) error {
	n, err := strconv.Atoi(string(raw))
	if err != nil || n < 1 || n > 65535 {
		shown := string(raw)
		if !LooksLikeNumber(strings.Trim(shown, `"`)) {
			shown = "this"
		}
		return fmt.Errorf("%s is not a port: want 1 to 65535", shown)
	}
	*p = Port(n)
	return nil
}
