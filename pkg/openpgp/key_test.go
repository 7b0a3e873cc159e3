package openpgp_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	pgp "github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"hostkit/pkg/openpgp"
)

// born is when the keys of these tests were made.
var born = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

func newKey(t testing.TB, lifetime time.Duration) *pgp.Entity {
	t.Helper()
	e, err := pgp.NewEntity("lab", "", "lab@example.org", &packet.Config{
		Algorithm: packet.PubKeyAlgoEdDSA, DefaultHash: crypto.SHA256,
		Time: func() time.Time { return born }, KeyLifetimeSecs: uint32(lifetime / time.Second),
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func public(t testing.TB, keys ...*pgp.Entity) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, k := range keys {
		if err := k.Serialize(&b); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func armored(t testing.TB, blockType string, packets []byte, headers map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := armor.Encode(&b, blockType, headers)
	if err == nil {
		_, err = w.Write(packets)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const publicBlock = "PGP PUBLIC KEY BLOCK"

func TestOneKeyInAnyForm(t *testing.T) {
	e := newKey(t, 0)
	want := openpgp.KeyFingerprint(strings.ToUpper(hexOf(e.PrimaryKey.Fingerprint)))
	packets := public(t, e)
	plain := armored(t, publicBlock, packets, nil)
	texts := map[string]bool{}
	for name, file := range map[string][]byte{
		"binary":                     packets,
		"armored":                    plain,
		"with headers":               armored(t, publicBlock, packets, map[string]string{"Comment": "of the lab", "Version": "1"}),
		"with CRLF and words around": []byte("the key\r\n" + strings.ReplaceAll(string(plain), "\n", "\r\n") + "\r\nends\r\n"),
	} {
		k, err := openpgp.Read(file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if k.Fingerprint != want || k.Revoked || !k.Expires.IsZero() {
			t.Errorf("%s: %s, revoked %t, expires %v", name, k.Fingerprint, k.Revoked, k.Expires)
		}
		texts[k.Armored] = true
	}
	if len(texts) != 1 {
		t.Errorf("one key has %d texts", len(texts))
	}
	for text := range texts {
		for line := range strings.Lines(text) {
			if len(line) > 65 || strings.Contains(line, ": ") {
				t.Errorf("line %q", line)
			}
		}
		if again, err := openpgp.Read([]byte(text)); err != nil || again.Armored != text {
			t.Errorf("what was written reads as %v, %v", again, err)
		}
	}
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}

func TestWhatIsNotOneKeyIsNamed(t *testing.T) {
	a, b := newKey(t, 0), newKey(t, 0)
	var private bytes.Buffer
	if err := a.SerializePrivate(&private, nil); err != nil {
		t.Fatal(err)
	}
	block := armored(t, publicBlock, public(t, a), nil)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"nothing":            {nil, "it holds no OpenPGP public key"},
		"text":               {[]byte("<html>404</html>\n"), "it is neither an armored nor a binary OpenPGP key"},
		"two keys":           {public(t, a, b), "it holds 2 keys, and one is wanted: "},
		"two blocks":         {append(bytes.Clone(block), block...), "it holds 2 armored blocks, and one is wanted"},
		"a private key":      {private.Bytes(), "it holds a private key"},
		"an armored private": {armored(t, "PGP PRIVATE KEY BLOCK", private.Bytes(), nil), "it holds a PGP PRIVATE KEY BLOCK"},
		"a hidden private":   {armored(t, publicBlock, private.Bytes(), nil), "it holds a private key"},
		"a cut block":        {block[:len(block)/2], "its armor is damaged"},
		"a cut armor":        {block[:20], "its armor is damaged"},
	} {
		_, err := openpgp.Read(c.file)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestExpiryAndRevocation(t *testing.T) {
	e := newKey(t, 48*time.Hour)
	k, err := openpgp.Read(public(t, e))
	if want := born.Add(48 * time.Hour); err != nil || !k.Expires.Equal(want) {
		t.Errorf("expires %v, %v; want %v", k.Expires, err, want)
	}
	if err := e.RevokeKey(packet.KeyCompromised, "stolen", nil); err != nil {
		t.Fatal(err)
	}
	if k, err := openpgp.Read(public(t, e)); err != nil || !k.Revoked {
		t.Errorf("revoked %t, %v", k.Revoked, err)
	}
	// A revocation by somebody else revokes nothing.
	forged := newKey(t, 0)
	forged.Revocations = e.Revocations
	if k, err := openpgp.Read(public(t, forged)); err != nil || k.Revoked {
		t.Errorf("a foreign revocation: revoked %t, %v", k.Revoked, err)
	}
}

func TestFingerprint(t *testing.T) {
	const digits = "B97B0AFCAA1A47F044F244A07FCC7D46ACCC4CF8"
	long := digits + digits[:24]
	for text, want := range map[string]openpgp.KeyFingerprint{
		digits:                  digits,
		strings.ToLower(digits): digits,
		"B97B 0AFC AA1A 47F0 44F2  44A0 7FCC 7D46 ACCC 4CF8": digits,
		long:              openpgp.KeyFingerprint(long),
		digits[24:]:       "",
		"0x" + digits:     "",
		digits[:39] + "G": "",
		"":                "",
	} {
		var got openpgp.KeyFingerprint
		err := got.UnmarshalText([]byte(text))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

// Whatever the bytes are, they are refused or come to a key that reads as itself.
func FuzzRead(f *testing.F) {
	key, err := base64.StdEncoding.DecodeString("mDMEZjh/WRYJKwYBBAHaRw8BAQdA")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(key)
	f.Add(public(f, newKey(f, time.Hour)))
	f.Add(armored(f, publicBlock, public(f, newKey(f, 0)), nil))
	f.Fuzz(func(t *testing.T, file []byte) {
		k, err := openpgp.Read(file)
		if err != nil {
			return
		}
		again, err := openpgp.Read([]byte(k.Armored))
		if err != nil || again != k {
			t.Errorf("%+v reads as %+v, %v", k, again, err)
		}
	})
}
