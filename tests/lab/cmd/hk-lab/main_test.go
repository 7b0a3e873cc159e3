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

func TestUpPrintsALineAHostAndStopsWithStdin(t *testing.T) {
	lab.Require(t)
	var stdout, stderr bytes.Buffer
	var lines [2]started
	stdin := onceRead{func() {
		decoder := json.NewDecoder(bytes.NewReader(stdout.Bytes()))
		for i, want := range []string{"demo\n", "other\n"} {
			if err := decoder.Decode(&lines[i]); err != nil {
				t.Errorf("%q: %v", stdout.String(), err)
			}
			if name, err := os.ReadFile(lines[i].Root + "etc/hostname"); err != nil || string(name) != want {
				t.Errorf("hostname %q, %v", name, err)
			}
		}
	}}
	if code := run(t.Context(), []string{"up", "--name", "demo", "--name", "other", "--no-index"}, stdin, &stdout, &stderr); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	if strings.Count(stdout.String(), "\n") != len(lines) {
		t.Errorf("stdout %q", stdout.String())
	}
	for _, line := range lines {
		if _, err := os.Stat(line.IdentityFile); !os.IsNotExist(err) {
			t.Errorf("left behind: %s, %v", line.IdentityFile, err)
		}
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
