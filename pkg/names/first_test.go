package names

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
)

func TestCandidatesAreAStringOrAList(t *testing.T) {
	for text, want := range map[string]Candidates{
		`"a"`: {"a"}, `["a"]`: {"a"}, `["b","a"]`: {"b", "a"}, `""`: nil, `[]`: {},
	} {
		var got Candidates
		if err := json.Unmarshal([]byte(text), &got); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: %#v, %v", text, got, err)
		}
	}
	for text, c := range map[string]Candidates{`"a"`: {"a"}, `["b","a"]`: {"b", "a"}} {
		if got, err := json.Marshal(c); err != nil || string(got) != text {
			t.Errorf("%#v: %s, %v", c, got, err)
		}
	}
	for _, bad := range []string{`1`, `null`, `{"a":1}`, `["a",1]`} {
		var got Candidates
		if err := json.Unmarshal([]byte(bad), &got); err == nil && bad != "null" {
			t.Errorf("%s was taken as %#v", bad, got)
		}
	}
}

// What the host has installed wins over what its index has: a newer index must not
// bring a second package beside the first.
func TestTheFirstOfAListThatTheHostHas(t *testing.T) {
	has := func(installed, available string) *doc.PackageFacts {
		f := &doc.PackageFacts{Index: doc.Present, Installed: map[string]string{}, Available: map[string]string{}}
		for _, name := range strings.Fields(installed) {
			f.Installed[name] = "1"
		}
		for _, name := range strings.Fields(available) {
			name, no := strings.CutPrefix(name, "!")
			f.Available[name] = map[bool]string{true: "", false: "2"}[no]
		}
		return f
	}
	broken := has("", "pg-16")
	broken.Broken = map[string]string{"pg-15": "unpacked"}
	fresh := &doc.PackageFacts{Index: doc.Absent}
	failed := &doc.PackageFacts{Index: doc.Absent, Error: &doc.FactError{Code: "permission_denied", Message: "may not read"}}
	const here = `hint: run hk-facts again, take a lock that has it, or write {"name": "pg", "as": "pg-16"}`
	for name, test := range map[string]struct {
		facts *doc.PackageFacts
		lock  string
		want  string
	}{
		"the first":                     {has("", "pg-16 pg-15"), "", "pg-16 as " + ruleIndex},
		"the second":                    {has("", "!pg-16 pg-15"), "", "pg-15 as " + ruleIndex},
		"an installed one":              {has("pg-15", ""), "", "pg-15 as " + ruleInstalled},
		"an installed one, newer index": {has("pg-15", "pg-16 pg-15"), "", "pg-15 as " + ruleInstalled},
		"both installed":                {has("pg-15 pg-16", ""), "", "pg-16 as " + ruleInstalled},
		"half installed":                {broken, "", "pg-15 as " + ruleInstalled},
		"what the lock has":             {has("pg-16", ""), "pg-15", "pg-15 lock " + ruleIndex},
		"the lock without an index":     {fresh, "pg-15", "pg-15 lock " + ruleIndex},
		"no more in the list": {
			has("pg-15", ""), "pg-14",
			`package "pg": the package lock l says pg-14 on debian_12, which is none of pg-16, pg-15 hint: hk-resolve --write-package-lock l --update pg asks again`,
		},
		"none": {
			has("", "!pg-16 !pg-15"), "",
			`package "pg": the host's index has none of pg-16, pg-15 hint: refresh the package index on the host and run hk-facts again, if it is old; else another name goes into as`,
		},
		"not asked about the first": {
			has("", "pg-15"), "",
			`package "pg": it can't be said which of pg-16, pg-15 is meant on debian_12: the host's index was not asked about pg-16 ` + here,
		},
		"no index": {
			fresh, "",
			`package "pg": it can't be said which of pg-16, pg-15 is meant on debian_12: the host has no package index yet to look it up in ` +
				strings.Replace(here, "run", "refresh the package index on the host and run", 1),
		},
		"no host": {
			nil, "",
			`package "pg": it can't be said which of pg-16, pg-15 is meant on debian_12: no host was asked for it ` +
				strings.Replace(here, "again", "before hk-resolve", 1),
		},
		"a host that could not look": {
			failed, "",
			`package "pg": it can't be said which of pg-16, pg-15 is meant on debian_12: the host could not look them up: may not read hint: put that right on the host, then run hk-facts again`,
		},
	} {
		o := Options{LockName: "l"}
		if test.lock != "" {
			o.Lock = lockOf("debian_12", map[string]doc.PackageName{"pg": {Package: test.lock, Source: "as", Rule: ruleIndex}})
		}
		names, err := Resolve([]Request{{Name: "pg", As: Candidates{"pg-16", "pg-15"}}}, "debian_12", test.facts, o)
		got := strings.Join([]string{names["pg"].Package, names["pg"].Source, names["pg"].Rule}, " ")
		var refusal *Refusal
		if errors.As(err, &refusal) {
			got = refusal.Error() + " hint: " + refusal.Hint()
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// A list is a wish, one name an order: the lock keeps what was chosen of a list, and
// is not asked about one name.
func TestALockKeepsWhatWasChosen(t *testing.T) {
	facts := &doc.PackageFacts{Index: doc.Present, Available: map[string]string{"pg-16": "", "pg-15": "2"}}
	reqs := []Request{{Name: "pg", As: Candidates{"pg-16", "pg-15"}}, {Name: "one", As: Candidates{"one-1"}}}
	found, err := Resolve(reqs, "debian_12", facts, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var lock doc.PackageLock
	section := doc.PackageNames{Repository: "debian_12", Names: found}
	if err := Add(&lock, section, nil); err != nil {
		t.Fatal(err)
	}
	want := map[string]doc.PackageName{"pg": {Package: "pg-15", Source: "as", Rule: ruleIndex}}
	if diff := cmp.Diff(want, lock.Repositories["debian_12"].Packages); diff != "" {
		t.Error(diff)
	}
	closed := Options{Lock: &lock, LockName: "l", Closed: true}
	if names, err := Resolve(reqs, "debian_12", nil, closed); err != nil || names["pg"].Package != "pg-15" || names["pg"].Source != "lock" {
		t.Errorf("%+v, %v", names, err)
	}
	if _, err := Resolve(reqs, "debian_12", nil, Options{Lock: &lock, Closed: true, Anew: []string{"pg"}}); err == nil {
		t.Error("a closed lock was passed by")
	}
	if _, err := Resolve([]Request{{Name: "pg"}}, "debian_12", nil, closed); err == nil || !strings.Contains(err.Error(), "the config no longer has") {
		t.Errorf("the config has no list any more: %v", err)
	}
	other := doc.PackageNames{Repository: "debian_12", Names: map[string]doc.PackageName{"pg": {Package: "pg-16", Source: "as", Rule: ruleIndex}}}
	if err := CheckSection(other, lock, "l"); err == nil {
		t.Error("another choice than the lock's was taken")
	}
}
