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
	for typed, want := range map[string]string{
		"":                 usage,
		"upp":              "hk-lab: error: \"upp\" is none of up, rootfs, check\nhk-lab: hint: did you mean hk-lab up\n",
		"frobnicate":       "hk-lab: error: \"frobnicate\" is none of up, rootfs, check\nhk-lab: hint: hk-lab -h tells what they do\n",
		"up --nam x":       "hk-lab up: error: unknown flag --nam\nhk-lab up: hint: did you mean --name\n",
		"up --manager yum": "hk-lab up: error: --manager: \"yum\" is none of apt, dnf, zypper, pacman\nhk-lab up: hint: hk-lab up -h lists the flags\n",
		"up extra":         "hk-lab up: error: \"extra\" is one operand too many\nhk-lab up: hint: hk-lab up -h lists the flags\n",
		"check extra":      "hk-lab check: error: \"extra\" is one operand too many\nhk-lab check: hint: hk-lab check -h lists the flags\n",
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), strings.Fields(typed), nil, &stdout, &stderr)
		if code != 2 || stdout.Len() > 0 || stderr.String() != want {
			t.Errorf("%s: exit %d, stdout %q, stderr %q", typed, code, stdout.String(), stderr.String())
		}
	}
}
