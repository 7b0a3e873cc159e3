package facts

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/shell"
)

// fuzzGroup has a host answer anything. Whatever it is, the group's facts are
// bounded text that every reader takes, or an error alone.
func fuzzGroup(f *testing.F, g Group) {
	f.Helper()
	for _, name := range fixtures(f, g) {
		f.Add(fixture(f, name), []byte{}, byte(0), false)
	}
	f.Fuzz(func(t *testing.T, stdout, stderr []byte, status byte, truncated bool) {
		r := shell.Result{Stdout: stdout, Stderr: stderr, Status: int(status), Truncated: truncated}
		facts := read(t, g, r)
		raw := checkFacts(t, facts)
		again, err := jsonx.Marshal(read(t, g, r))
		if err != nil || !bytes.Equal(raw, again) {
			t.Errorf("the same answer makes other facts: %s and %s", raw, again)
		}
	})
}

func checkFacts(t *testing.T, facts doc.Facts) []byte {
	t.Helper()
	raw, err := jsonx.Marshal(facts)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jsonx.Check("facts", raw); err != nil {
		t.Fatal(err)
	}
	if err := doc.Complete(raw, facts); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	if len(raw) > groupsBytes+1024 {
		t.Fatalf("%d bytes of facts", len(raw))
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	checkTexts(t, v)
	checkAlone(t, facts)
	return raw
}

// checkTexts looks at every text and name. A message has a text of the host in it,
// and some words of ours.
func checkTexts(t *testing.T, v any) {
	t.Helper()
	switch v := v.(type) {
	case string:
		if len(v) > textBytes+128 || !utf8.ValidString(v) {
			t.Errorf("a text of %d bytes: %q", len(v), v)
		}
	case []any:
		for _, element := range v {
			checkTexts(t, element)
		}
	case map[string]any:
		for name, member := range v {
			checkTexts(t, name)
			checkTexts(t, member)
		}
	}
}

// checkAlone fails where something stands beside an error.
func checkAlone(t *testing.T, facts doc.Facts) {
	t.Helper()
	for name, gathered := range gatheredOf(facts) {
		if gathered.Error == nil {
			continue
		}
		if gathered.Error.Code == "" || gathered.Error.Message == "" {
			t.Errorf("%s: an error without words: %+v", name, gathered.Error)
		}
		if !reflect.ValueOf(facts.Now).IsZero() || gathered.Truncated || gathered.Unread != 0 {
			t.Errorf("%s: beside its error stands %+v, %+v", name, gathered, facts.Now)
		}
	}
	for _, group := range []any{facts.CPU, facts.Memory, facts.Disks, facts.Users, facts.Systemd, facts.Ports, facts.Runs} {
		v := reflect.ValueOf(group)
		if v.IsNil() || v.Elem().FieldByName("Gathered").FieldByName("Error").IsNil() {
			continue
		}
		for i := range v.Elem().NumField() {
			if v.Elem().Type().Field(i).Name != "Gathered" && !v.Elem().Field(i).IsZero() {
				t.Errorf("beside an error stands %+v", v.Elem())
			}
		}
	}
}

func FuzzGroupCPU(f *testing.F)     { fuzzGroup(f, cpuGroup{}) }
func FuzzGroupMemory(f *testing.F)  { fuzzGroup(f, memoryGroup{}) }
func FuzzGroupDisks(f *testing.F)   { fuzzGroup(f, disksGroup{}) }
func FuzzGroupUsers(f *testing.F)   { fuzzGroup(f, usersGroup{}) }
func FuzzGroupSystemd(f *testing.F) { fuzzGroup(f, systemdGroup{}) }
func FuzzGroupPorts(f *testing.F)   { fuzzGroup(f, portsGroup{}) }
func FuzzGroupRuns(f *testing.F)    { fuzzGroup(f, runsGroup{}) }
