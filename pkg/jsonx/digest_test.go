package jsonx

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
)

// The sample of RFC 8785, section 3.2.2, and its sorted form in 3.2.4.
const (
	rfc8785Sample = `{
  "numbers": [333333333.33333329, 1E30, 4.50,
              2e-3, 0.000000000000000000000000001],
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}`
	rfc8785Canonical = `{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],` +
		`"string":"€$\u000f\nA'B\"\\\\\"/"}`
	rfc8785CanonicalHex = "7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a" +
		"5b3333333333333333332e333333333333332c31652b33302c342e352c302e3030322c31652d32375d2c22737472696e67" +
		"223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d"
)

func TestCanonicalSampleOfRFC8785(t *testing.T) {
	got, err := Document{Raw: []byte(rfc8785Sample)}.canonical()
	if err != nil || string(got) != rfc8785Canonical {
		t.Errorf("got %s, %v; want %s", got, err, rfc8785Canonical)
	}
	if hex.EncodeToString(got) != rfc8785CanonicalHex {
		t.Errorf("got %x", got)
	}
}

// Two numbers of the RFC's own sample lose something on the way: a digest over
// it would also be that of another document.
func TestStrictReaderRefusesWhatTheSampleLoses(t *testing.T) {
	_, err := Canonical([]byte(rfc8785Sample))
	if want := "json:2:15: number 333333333.33333329 would be read as 333333333.3333333: write fewer digits, or a string"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	kept := strings.NewReplacer("333333333.33333329", "333333333.3333333", "1E30", "1E3").Replace(rfc8785Sample)
	want := strings.Replace(rfc8785Canonical, "1e+30", "1000", 1)
	if got, err := Canonical([]byte(kept)); err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

// RFC 8785, section 3.2.3: by UTF-16 code units, so the face (D83D DE00) comes
// before the letter (FB33) though its code point is the larger one.
func TestCanonicalOrderOfRFC8785(t *testing.T) {
	const sample = `{
  "\u20ac": "Euro Sign",
  "\r": "Carriage Return",
  "\ufb33": "Hebrew Letter Dalet With Dagesh",
  "1": "One",
  "\ud83d\ude00": "Emoji: Grinning Face",
  "\u0080": "Control",
  "\u00f6": "Latin Small Letter O With Diaeresis"
}`
	const want = `{"\r":"Carriage Return","1":"One","` + "\u0080" + `":"Control","ö":"Latin Small Letter O With Diaeresis",` +
		`"€":"Euro Sign","😀":"Emoji: Grinning Face","` + "\ufb33" + `":"Hebrew Letter Dalet With Dagesh"}`
	if got, err := Canonical([]byte(sample)); err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestSum(t *testing.T) {
	want := sha256.Sum256([]byte(`{"a":[1,2.5],"b":"x"}`))
	for _, raw := range []string{
		`{"a":[1,2.5],"b":"x"}`,
		"{ \"b\" : \"\\u0078\",\r\n \"\\u0061\":[10e-1, 2.50] }\n",
	} {
		if got := mustSum(t, []byte(raw)); got != DigestPrefix+hex.EncodeToString(want[:]) {
			t.Errorf("Sum(%s) = %s", raw, got)
		}
	}
	if _, err := Sum([]byte(`{"a":1,"a":1}`)); err == nil {
		t.Error("a digest of a document with a member twice")
	}
}

func TestSumWithout(t *testing.T) {
	for _, test := range []struct{ raw, without string }{
		{`{"digest":"x"}`, `{}`},
		{`{}`, `{}`},
		{`{"a":1}`, `{"a":1}`},
		{`{"a":1,"digest":2,"z":3}`, `{"a":1,"z":3}`},
		{`{"z":3,"d\u0069gest":[{}],"a":{"digest":1}}`, `{"a":{"digest":1},"z":3}`},
		{`{"digest":1,"e":{}}`, `{"e":{}}`},
	} {
		got, err := SumWithout([]byte(test.raw), "digest")
		if want := mustSum(t, []byte(test.without)); err != nil || got != want {
			t.Errorf("%s: %s, %v; want that of %s", test.raw, got, err, test.without)
		}
	}
	for _, raw := range []string{`[]`, `1`, `{"a":1,"a":1}`, ``} {
		if got, err := SumWithout([]byte(raw), "digest"); err == nil {
			t.Errorf("%s: %s", raw, got)
		}
	}
}
