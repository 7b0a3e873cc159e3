package cli

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// A host may say anything, and so the password that it was given.
func TestWhatAHostSaidIsScrubbedInMessagesAndDocuments(t *testing.T) {
	var out, errs bytes.Buffer
	s := Streams{
		Stdin:  strings.NewReader(`{"schema":"hostkit.host/v1","host":{"name":"h"}}`),
		Stdout: &out, Stderr: &errs,
		Scrub: strings.NewReplacer("correct-horse", "[secret]").Replace,
	}
	err := Filter(t.Context(), s, "hk-x", []doc.Schema{doc.SchemaHost}, func(context.Context, jsonx.Document) ([]byte, error) {
		s.Warn("a warning of correct-horse", "")
		return nil, &Error{Cause: errors.New("it said correct-horse"), Hint: "not correct-horse"}
	})
	if err == nil {
		t.Fatal("the host did not fail")
	}
	all := out.String() + errs.String()
	if strings.Contains(all, "correct-horse") || strings.Count(all, "[secret]") != 5 {
		t.Errorf("%s", all)
	}
}
