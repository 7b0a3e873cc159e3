package corpus

import (
	"encoding/base64"
	"encoding/hex"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/names"
	"hostkit/pkg/resource"
)

const (
	some = 3 // members of an object, elements of an array
	safe = jsonx.MaxInteger
)

var (
	texts     = rapid.OneOf(rapid.Just(""), rapid.StringN(0, 8, -1), rapid.SampledFrom([]string{"a\nb", "\x00", "\"\\", "é漢🙂", " "}))
	presences = rapid.SampledFrom([]doc.Presence{doc.Present, doc.Absent})
	digests   = rapid.Custom(func(t *rapid.T) doc.Digest {
		return doc.Digest("sha256:" + hex.EncodeToString(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest")))
	})
	addresses = rapid.Custom(func(t *rapid.T) doc.Address {
		name := rapid.StringOfN(rapid.RuneFrom([]rune("a/: \n*é.0")), 1, 8, -1).Draw(t, "name")
		return doc.NewAddress(rapid.StringMatching(`[a-z][a-z0-9_]{0,5}`).Draw(t, "kind"), name)
	})
	integers = rapid.Int64Range(-safe, safe)
	// objects are a kind's own members; the prefix keeps them off the names that
	// a document has.
	objects = rapid.Custom(func(t *rapid.T) doc.Raw {
		m := rapid.MapOfN(rapid.StringMatching(`x_[a-z.*]{0,3}`), texts, 0, some).Draw(t, "attributes")
		raw, err := jsonx.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	})
	secrets = rapid.Custom(func(t *rapid.T) doc.SecretSource {
		name := rapid.StringMatching(`[A-Z]{1,3}`).Draw(t, "secret")
		return rapid.SampledFrom([]doc.SecretSource{{Env: doc.VariableName(name)}, {File: name}, {Command: []string{name, ""}}}).Draw(t, "source")
	})
	users     = rapid.SampledFrom([]doc.UserName{"root", "app", "_x", "a.b-C"})
	durations = rapid.Map(rapid.Int64Range(1, 100_000_000), func(n int64) doc.Duration {
		return doc.Duration(time.Duration(n) * time.Millisecond)
	})
	fingerprints = rapid.Custom(func(t *rapid.T) doc.Fingerprint {
		sum := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "sum")
		kind := rapid.SampledFrom([]string{"", "ssh-ed25519 ", "sk-ssh-ed25519@openssh.com "}).Draw(t, "type")
		return doc.Fingerprint(kind + "SHA256:" + base64.RawStdEncoding.EncodeToString(sum))
	})
	// jumps are one level deep; what they hold is what a host holds.
	jumps = rapid.Custom(func(t *rapid.T) doc.Jump {
		j := doc.Jump{Hostname: texts.Draw(t, "hostname"), User: texts.Draw(t, "user")}
		if rapid.Bool().Draw(t, "ssh") {
			j.SSH = &doc.SSH{
				Port: doc.Port(rapid.IntRange(0, 65535).Draw(t, "port")), HostKey: fingerprints.Draw(t, "key"),
				Password: &doc.SecretRef{Secret: secrets.Draw(t, "password")},
			}
		}
		return j
	})
	contents = rapid.Custom(func(t *rapid.T) resource.FileContent {
		if rapid.Bool().Draw(t, "secret") {
			return resource.FileContent{Secret: &doc.SecretRef{Secret: secrets.Draw(t, "content")}}
		}
		return resource.FileContent{Bytes: rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "bytes")}
	})
	sudos = rapid.Custom(func(t *rapid.T) doc.Switch[doc.Sudo] {
		s := doc.Switch[doc.Sudo]{On: rapid.Bool().Draw(t, "on")}
		if s.On && rapid.Bool().Draw(t, "with") {
			s.With = doc.Sudo{User: users.Draw(t, "user"), Password: &doc.SecretRef{Secret: secrets.Draw(t, "password")}}
		}
		return s
	})
	doases = rapid.Custom(func(t *rapid.T) doc.Switch[doc.Doas] {
		s := doc.Switch[doc.Doas]{On: rapid.Bool().Draw(t, "on")}
		if s.On && rapid.Bool().Draw(t, "with") {
			s.With.User = users.Draw(t, "user")
		}
		return s
	})
)

// values are the generators of the types that not every Go value is right for.
var values = rapid.MakeConfig{
	Types: map[reflect.Type]*rapid.Generator[any]{
		reflect.TypeFor[string]():           texts.AsAny(),
		reflect.TypeFor[int]():              rapid.Map(integers, func(n int64) int { return int(n) }).AsAny(),
		reflect.TypeFor[int64]():            integers.AsAny(),
		reflect.TypeFor[float64]():          rapid.Map(rapid.Int64Range(0, 1e8), func(n int64) float64 { return float64(n) / 100 }).AsAny(),
		reflect.TypeFor[doc.Raw]():          objects.AsAny(),
		reflect.TypeFor[doc.Address]():      addresses.AsAny(),
		reflect.TypeFor[doc.Digest]():       digests.AsAny(),
		reflect.TypeFor[doc.Presence]():     presences.AsAny(),
		reflect.TypeFor[doc.SecretSource](): secrets.AsAny(),
		reflect.TypeFor[doc.UserName]():     users.AsAny(),
		reflect.TypeFor[doc.Duration]():     durations.AsAny(),
		reflect.TypeFor[doc.Fingerprint]():  fingerprints.AsAny(),
		reflect.TypeFor[doc.Jump]():         jumps.AsAny(),

		reflect.TypeFor[resource.FileContent](): contents.AsAny(),

		reflect.TypeFor[doc.Switch[doc.Sudo]](): sudos.AsAny(),
		reflect.TypeFor[doc.Switch[doc.Doas]](): doases.AsAny(),

		reflect.TypeFor[doc.Mode]():  rapid.Map(rapid.StringMatching(`[0-7]{4}`), func(s string) doc.Mode { return doc.Mode(s) }).AsAny(),
		reflect.TypeFor[doc.Port]():  rapid.Map(rapid.IntRange(0, 65535), func(n int) doc.Port { return doc.Port(n) }).AsAny(),
		reflect.TypeFor[doc.Bytes](): rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 8), func(b []byte) doc.Bytes { return b }).AsAny(),
		reflect.TypeFor[names.Candidates](): rapid.Map(rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,3}`), 0, some),
			func(list []string) names.Candidates { return list }).AsAny(),
		reflect.TypeFor[resource.PackageState](): rapid.SampledFrom([]resource.PackageState{"", "present", "absent", "latest"}).AsAny(),
		reflect.TypeFor[resource.Account]():      rapid.SampledFrom([]resource.Account{"root", "33", `D\a b`, "_é"}).AsAny(),
		reflect.TypeFor[doc.Action]():            rapid.SampledFrom([]doc.Action{doc.Create, doc.Update, doc.Delete, doc.Unknown, doc.Run}).AsAny(),
		reflect.TypeFor[doc.HostStatus](): rapid.SampledFrom([]doc.HostStatus{
			doc.StatusApplied, doc.StatusNothingToDo, doc.StatusDryRun, doc.StatusFailed,
			doc.StatusStale, doc.StatusBusy, doc.StatusUnreachable, doc.StatusInterrupted, doc.StatusSkipped, doc.StatusRolledBack,
		}).AsAny(),
		reflect.TypeFor[doc.ChangeStatus](): rapid.SampledFrom([]doc.ChangeStatus{
			doc.ChangeDone, doc.ChangeAlready, doc.ChangeFailed, doc.ChangeSkipped, doc.ChangeNotReached, doc.ChangeWouldChange,
			doc.ChangeUnknown, doc.ChangeRolledBack,
		}).AsAny(),
		reflect.TypeFor[doc.EventType](): rapid.SampledFrom([]doc.EventType{
			doc.EventProtocol, doc.EventHostStarted, doc.EventChangeStarted, doc.EventChangeFinished, doc.EventHostFinished, doc.EventNote,
			doc.EventOutput,
		}).AsAny(),
	},
}

// check is the law: what a type writes, its schema takes, and the decoder gives
// back.
func check[T any](t *testing.T, schema doc.Schema, fix func(*rapid.T, *T)) {
	t.Helper()
	s := compile(t, schema)
	random := rapid.MakeCustom[T](values)
	rapid.Check(t, func(t *rapid.T) {
		v := random.Draw(t, "document")
		fix(t, &v)
		raw, err := jsonx.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(s, raw); err != nil {
			t.Fatalf("%s\n%v", raw, err)
		}
		d, err := jsonx.Check("random", raw)
		if err != nil {
			t.Fatal(err)
		}
		var back T
		if err := jsonx.UnmarshalGrown(d, &back); err != nil {
			t.Fatalf("%s\n%v", raw, err)
		}
		if err := doorOf(schema)(d); err != nil {
			t.Fatalf("%s\n%v", raw, err)
		}
		if diff := cmp.Diff(v, back, cmpopts.EquateEmpty(), cmp.Transformer("object", members)); diff != "" {
			t.Fatalf("%s\n%s", raw, diff)
		}
	})
}

// doorOf is the decoder that stages have for a document.
func doorOf(schema doc.Schema) func(jsonx.Document) error {
	for _, d := range documents {
		if d.schema == schema {
			return d.decode
		}
	}
	panic("no decoder for " + schema)
}

// members compares raw objects by what is in them: none is as good as {}.
func members(raw doc.Raw) string {
	if len(raw) == 0 {
		return "{}"
	}
	canonical, err := jsonx.Canonical(raw)
	if err != nil {
		return string(raw)
	}
	return string(canonical)
}

func TestTypesSchemasAndDecodersAgree(t *testing.T) {
	t.Run("config", func(t *testing.T) {
		check(t, doc.SchemaConfig, func(t *rapid.T, c *doc.Config) {
			c.Schema = doc.SchemaConfig
			for name, s := range c.Services {
				s.Sections = sections(t)
				c.Services[name] = s
			}
		})
	})
	t.Run("host", func(t *testing.T) {
		check(t, doc.SchemaHost, func(_ *rapid.T, d *doc.HostDocument) { d.Schema = doc.SchemaHost })
	})
	t.Run("package-lock", func(t *testing.T) {
		check(t, doc.SchemaPackageLock, func(_ *rapid.T, l *doc.PackageLock) { l.Schema = doc.SchemaPackageLock })
	})
	t.Run("plan", func(t *testing.T) {
		check(t, doc.SchemaPlan, func(_ *rapid.T, p *doc.Plan) { p.Schema = doc.SchemaPlan })
	})
	t.Run("report", func(t *testing.T) {
		check(t, doc.SchemaReport, func(_ *rapid.T, r *doc.Report) { r.Schema = doc.SchemaReport })
	})
	t.Run("event", func(t *testing.T) {
		check(t, doc.SchemaEvent, func(_ *rapid.T, e *doc.Event) { e.Schema = doc.SchemaEvent })
	})
}

// sections is a service's part of the kinds.
func sections(t *rapid.T) doc.Raw {
	raw, err := jsonx.Marshal(struct {
		Directories map[string]resource.Directory `json:"directories,omitzero"`
		Files       map[string]resource.File      `json:"files,omitzero"`
		Symlinks    map[string]resource.Symlink   `json:"symlinks,omitzero"`
		Packages    resource.Packages             `json:"packages,omitzero"`
	}{
		rapid.MakeCustom[map[string]resource.Directory](values).Draw(t, "directories"),
		rapid.MakeCustom[map[string]resource.File](values).Draw(t, "files"),
		rapid.MakeCustom[map[string]resource.Symlink](values).Draw(t, "symlinks"),
		rapid.MakeCustom[resource.Packages](values).Draw(t, "packages"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
