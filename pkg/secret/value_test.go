package secret_test

import (
	"bytes"
	"encoding"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"hostkit/pkg/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const canary = "correct-horse"

// leaks says whether text holds the canary in any form that fmt could print.
func leaks(text string) bool {
	for _, form := range []string{
		canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprintf("% x", canary),
		strings.Trim(fmt.Sprint([]byte(canary)), "[]"), strings.Trim(fmt.Sprintf("%#v", []byte(canary)), "[]byte{}"),
	} {
		if strings.Contains(text, form) {
			return true
		}
	}
	return false
}

type holder struct {
	Shown   secret.Value
	hidden  secret.Value
	pointer *secret.Value
}

func TestNoVerbShowsAValue(t *testing.T) {
	t.Parallel()
	v := secret.NewString(canary)
	for _, value := range []any{
		v, &v,
		holder{v, v, &v},
		&holder{v, v, &v},
		[]secret.Value{v},
		map[string]secret.Value{"k": v},
		[]*secret.Value{&v},
		struct{ a, b any }{v, &v},
		fmt.Errorf("wrapped %v %s %q", v, v, v),
	} {
		for _, verb := range strings.Split("%v %+v %#v %s %q %x %X %d %t %c %U %b %o %e %p %T %10.3s %-+#x % x %z", " ") {
			if got := fmt.Sprintf(verb, value); leaks(got) {
				t.Errorf("%s of %T gives %q", verb, value, got)
			}
		}
		if got := fmt.Sprintln(value); leaks(got) {
			t.Errorf("Sprintln of %T gives %q", value, got)
		}
	}
	if got := fmt.Sprintf("%x and %s", v, v); got != "[secret] and [secret]" {
		t.Errorf("%q", got)
	}
}

func TestNoEncoderTakesAValue(t *testing.T) {
	t.Parallel()
	v := secret.NewString(canary)
	var buffer bytes.Buffer
	for name, encode := range map[string]func(any) ([]byte, error){
		"json":   json.Marshal,
		"jsonv2": func(v any) ([]byte, error) { return jsonv2.Marshal(v) },
		"xml":    xml.Marshal,
		"gob":    func(v any) ([]byte, error) { err := gob.NewEncoder(&buffer).Encode(v); return buffer.Bytes(), err },
	} {
		for _, value := range []any{v, &v, struct{ Shown secret.Value }{v}, map[string]any{"k": v}} {
			out, err := encode(value)
			if err == nil || leaks(string(out)) || leaks(err.Error()) {
				t.Errorf("%s of %T gives %q, %v", name, value, out, err)
			}
		}
	}
	for _, marshal := range []func() ([]byte, error){
		encoding.TextMarshaler(v).MarshalText, encoding.BinaryMarshaler(v).MarshalBinary,
		json.Marshaler(v).MarshalJSON, gob.GobEncoder(v).GobEncode,
	} {
		if _, err := marshal(); !errors.Is(err, secret.ErrMarshal) {
			t.Errorf("error %v", err)
		}
	}
	var into struct{ Shown secret.Value }
	if err := json.Unmarshal([]byte(`{"Shown": "x"}`), &into); !errors.Is(err, secret.ErrMarshal) {
		t.Errorf("a document gave a value: %v", err)
	}
	if err := into.Shown.UnmarshalText([]byte("x")); !errors.Is(err, secret.ErrMarshal) {
		t.Errorf("a text gave a value: %v", err)
	}
}

func TestNoLoggerShowsAValue(t *testing.T) {
	t.Parallel()
	v := secret.NewString(canary)
	var out bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).With("with", v).Info("message", "plain", v, "pointer", &v, "holder", holder{v, v, &v},
			slog.Group("group", "in", v))
	}
	if leaks(out.String()) || !strings.Contains(out.String(), "plain=[secret]") {
		t.Errorf("logged %s", out.String())
	}
}

func TestReveal(t *testing.T) {
	t.Parallel()
	given := []byte(canary)
	v := secret.New(given)
	given[0] = 'X'
	revealed := v.Reveal()
	revealed[1] = 'X'
	if v.RevealString() != canary || v.Len() != len(canary) || v.IsZero() {
		t.Errorf("the value shares its bytes: %q", v.RevealString())
	}
	var zero secret.Value
	if !zero.IsZero() || zero.Reveal() != nil || zero.Len() != 0 || zero.String() != "[secret]" {
		t.Error("the zero value is a secret")
	}
	if !secret.NewString("").IsZero() {
		t.Error("an empty value is a secret")
	}
}
