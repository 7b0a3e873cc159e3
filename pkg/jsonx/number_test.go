package jsonx

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The samples of RFC 8785, appendix B: the bits of a double and its text.
var rfc8785Numbers = []struct{ bits, text string }{
	{"0000000000000000", "0"},
	{"8000000000000000", "0"},
	{"0000000000000001", "5e-324"},
	{"8000000000000001", "-5e-324"},
	{"7fefffffffffffff", "1.7976931348623157e+308"},
	{"ffefffffffffffff", "-1.7976931348623157e+308"},
	{"4340000000000000", "9007199254740992"},
	{"c340000000000000", "-9007199254740992"},
	{"4430000000000000", "295147905179352830000"},
	{"44b52d02c7e14af5", "9.999999999999997e+22"},
	{"44b52d02c7e14af6", "1e+23"},
	{"44b52d02c7e14af7", "1.0000000000000001e+23"},
	{"444b1ae4d6e2ef4e", "999999999999999700000"},
	{"444b1ae4d6e2ef4f", "999999999999999900000"},
	{"444b1ae4d6e2ef50", "1e+21"},
	{"3eb0c6f7a0b5ed8c", "9.999999999999997e-7"},
	{"3eb0c6f7a0b5ed8d", "0.000001"},
	{"41b3de4355555553", "333333333.3333332"},
	{"41b3de4355555554", "333333333.33333325"},
	{"41b3de4355555555", "333333333.3333333"},
	{"41b3de4355555556", "333333333.3333334"},
	{"41b3de4355555557", "333333333.33333343"},
	{"becbf647612f3696", "-0.0000033333333333333333"},
	{"43143ff3c1cb0959", "1424953923781206.2"},
}

func TestNumbersOfRFC8785(t *testing.T) {
	for _, sample := range rfc8785Numbers {
		bits, err := hex.DecodeString(sample.bits)
		if err != nil {
			t.Fatal(err)
		}
		value := math.Float64frombits(binary.BigEndian.Uint64(bits))
		long := strconv.FormatFloat(value, 'e', 20, 64)
		got, err := Document{Raw: []byte(long)}.canonical()
		if err != nil || string(got) != sample.text {
			t.Errorf("%s: canonical %s, %v; want %s", sample.bits, got, err, sample.text)
		}
		if ok := numberReason([]byte(sample.text)) == ""; ok != (math.Abs(value) <= MaxInteger) {
			t.Errorf("%s accepted: %v", sample.text, ok)
		}
	}
}

func TestNumbersAreRefusedExactlyWhenTheirValueWouldChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		literal := rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?`).Draw(t, "literal")
		exact, ok := new(big.Rat).SetString(literal)
		if !ok {
			t.Fatalf("%s is no number", literal)
		}
		value, _ := strconv.ParseFloat(literal, 64)
		want := false
		if math.Abs(value) <= MaxInteger {
			shortest, _ := new(big.Rat).SetString(strconv.FormatFloat(value, 'e', -1, 64))
			want = shortest.Cmp(exact) == 0
		}
		if reason := numberReason([]byte(literal)); (reason == "") != want {
			t.Fatalf("%s: %q, want accepted %v", literal, reason, want)
		}
	})
}

func TestEveryDoubleInItsShortestFormIsAccepted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Float64Range(-MaxInteger, MaxInteger).Draw(t, "value")
		for _, format := range []byte("efg") {
			literal := strconv.AppendFloat(nil, value, format, -1, 64)
			if reason := numberReason(literal); reason != "" {
				t.Fatal(reason)
			}
		}
	})
}

func TestHugeNumbersAreCheap(t *testing.T) {
	digits := strings.Repeat("7", MaxBytes-10)
	for _, literal := range []string{
		digits, "0." + digits, "1e" + digits, "1e-" + digits,
		"1." + strings.Repeat("0", MaxBytes-10), "0." + strings.Repeat("0", MaxBytes-10) + "1e16777215",
	} {
		began := time.Now()
		_, _ = Check("huge", []byte(literal))
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%.10s…: %v", literal, took)
		}
	}
	if _, err := Check("huge", []byte("1."+strings.Repeat("0", MaxBytes-10))); err != nil {
		t.Errorf("one, at length: %v", err)
	}
}
