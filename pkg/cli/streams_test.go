package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A host would be changed, and the report of it lost.
func TestAStdoutForReadingAloneIsRefusedBeforeAnyWork(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out")
	for flags, want := range map[int]outcome{
		os.O_WRONLY: {},
		os.O_RDWR:   {},
		os.O_RDONLY: {
			Exit:   ExitFailed,
			Stderr: "hk-x: error: write stdout: it is open for reading alone\nhk-x: hint: redirect it with >\n",
		},
	} {
		file, err := os.OpenFile(path, flags|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		worked := false
		cmd := Command{Name: "hk-x", Run: func(context.Context, Streams, []string) error {
			worked = true
			return nil
		}}
		var errs bytes.Buffer
		exit := Main(t.Context(), cmd, nil, Streams{Stdin: strings.NewReader(""), Stdout: file, Stderr: &errs})
		if diff := cmp.Diff(want, outcome{exit, "", errs.String()}); diff != "" || worked != (want.Exit == ExitDone) {
			t.Errorf("flags %#x: worked %t: %s", flags, worked, diff)
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}
}
