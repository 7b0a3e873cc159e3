package doc

import (
	"bytes"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

// FuzzTexts: a text that a type takes means the same when it is written again.
func FuzzTexts(f *testing.F) {
	for _, s := range []string{
		"file:/etc/motd", "a:\n", "0644", "present", "1m30s", "250ms", "0.0001ms", "1.5h", "root", "22",
		"ssh-ed25519 SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "sha256:" + string(bytes.Repeat([]byte("0"), 64)),
		"me@db1:2222", "ssh://me@[2001:db8::1]:22/", "[::1]", "::1", "a@b@c",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var a Address
		if a.UnmarshalText([]byte(s)) == nil && NewAddress(a.Kind(), a.Name()) != a {
			t.Errorf("address %q is %q and %q", s, a.Kind(), a.Name())
		}
		var key Fingerprint
		if key.UnmarshalText([]byte(s)) == nil {
			keyType, sum := key.Split()
			if whole := keyType + " " + sum; whole != s && whole != " "+s {
				t.Errorf("fingerprint %q is %q and %q", s, keyType, sum)
			}
		}
		checkDuration(t, s)
		if j, err := ParseJump(s); err == nil {
			checkWrittenAgain(t, j)
		}
	})
}

func checkDuration(t *testing.T, s string) {
	var d, again Duration
	if d.UnmarshalText([]byte(s)) != nil {
		return
	}
	text, err := d.MarshalText()
	if err == nil {
		err = again.UnmarshalText(text)
	}
	if err != nil || again != d || time.Duration(d) <= 0 {
		t.Errorf("time %q is written as %q: %v", s, text, err)
	}
}

// checkWrittenAgain fails unless v is the same after it was written and read.
func checkWrittenAgain[T any](t *testing.T, v T) {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		// Text that is not UTF-8 comes from no document.
		return
	}
	var again T
	if err := json.Unmarshal(raw, &again); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	if diff := cmp.Diff(v, again); diff != "" {
		t.Errorf("%s\n%s", raw, diff)
	}
}

// FuzzValues: JSON that a type takes means the same when it is written again.
func FuzzValues(f *testing.F) {
	for _, s := range []string{
		`"text"`, `{"$base64":"AA=="}`, `{"$base64":"/w=="}`, `{"$file":"a","size":1,"digest":"sha256:` + string(bytes.Repeat([]byte("0"), 64)) + `"}`,
		`22`, `true`, `false`, `{}`, `{"user":"me"}`, `{"env":"HOSTKIT_A"}`, `{"command":["a"]}`, `"me@db1:22"`,
		`{"hostname":"a","ssh":{"port":1}}`,
		`{"hostname":"a","user":"b","sudo":{"user":"root"},"ssh":{"jump":["a"],"retry":{"attempts":2,"base_delay":"1ms"},"use_config":false}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		again[Bytes](t, raw)
		again[Content](t, raw)
		again[Port](t, raw)
		again[SecretSource](t, raw)
		again[Switch[Sudo]](t, raw)
		again[Switch[Doas]](t, raw)
		again[Jump](t, raw)
		again[HostConfig](t, raw)
		var h HostConfig
		if json.Unmarshal(raw, &h) == nil {
			h.Problems()
			Host{HostConfig: h}.Secrets()
		}
	})
}

func again[T any](t *testing.T, raw []byte) {
	t.Helper()
	var v T
	if json.Unmarshal(raw, &v) == nil {
		checkWrittenAgain(t, v)
	}
}
