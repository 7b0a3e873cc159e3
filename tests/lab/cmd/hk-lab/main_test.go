package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"hostkit/tests/lab"
)

// onceRead calls f at the first read and then ends.
type onceRead struct{ f func() }

func (r onceRead) Read([]byte) (int, error) {
	r.f()
	return 0, io.EOF
}

func TestUpPrintsALineAndStopsWithStdin(t *testing.T) {
	lab.Require(t)
	var stdout, stderr bytes.Buffer
	var line started
	stdin := onceRead{func() {
		if err := json.Unmarshal(stdout.Bytes(), &line); err != nil {
			t.Errorf("%q: %v", stdout.String(), err)
		}
		if name, err := os.ReadFile(line.Root + "etc/hostname"); err != nil || string(name) != "demo\n" {
			t.Errorf("hostname %q, %v", name, err)
		}
	}}
	if code := run(t.Context(), []string{"up", "--name", "demo", "--no-index"}, stdin, &stdout, &stderr); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	if strings.Count(stdout.String(), "\n") != 1 {
		t.Errorf("stdout %q", stdout.String())
	}
	if _, err := os.Stat(line.IdentityFile); !os.IsNotExist(err) {
		t.Errorf("left behind: %s, %v", line.IdentityFile, err)
	}
}

func TestBadUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"frobnicate"}} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, nil, &stdout, &stderr); code != 2 || stdout.Len() > 0 || stderr.Len() == 0 {
			t.Errorf("%v: exit %d, stdout %q, stderr %q", args, code, stdout.String(), stderr.String())
		}
	}
}
