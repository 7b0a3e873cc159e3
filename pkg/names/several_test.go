package names

import (
	"errors"
	"slices"
	"testing"

	"hostkit/pkg/doc"
)

func TestEntry(t *testing.T) {
	for _, test := range []struct {
		field, release  string
		packages, parts []string
	}{
		{"curl", "12", []string{"curl"}, nil},
		{"a b", "12", []string{"a", "b"}, nil},
		{"a 10=b 10=c leap_15_6=d", "9", []string{"a"}, nil},
		{"a 10=b 10=c leap_15_6=d", "10", []string{"b", "c"}, nil},
		{"a 10=b 10=c leap_15_6=d", "leap_15_6", []string{"d"}, nil},
		{"13=a", "12", nil, nil},
		{"+a +b 12=g++", "13", nil, []string{"a", "b"}},
		{"+a +b 12=g++", "12", []string{"g++"}, nil},
		{"a", "", []string{"a"}, nil},
	} {
		packages, parts := readEntry(test.field).at(test.release)
		if !slices.Equal(packages, test.packages) || !slices.Equal(parts, test.parts) {
			t.Errorf("%q at %s: %q, %q", test.field, test.release, packages, parts)
		}
	}
}

// Where the table has several packages, the host's index decides, if it can.
func TestOneOfSeveral(t *testing.T) {
	index := func(available ...string) *doc.PackageFacts {
		f := &doc.PackageFacts{Index: doc.Present, Available: map[string]string{}, Installed: map[string]string{}}
		for _, name := range available {
			f.Available[name] = "1"
		}
		return f
	}
	const hint = `write {"name": "wget", "as": "…"} with one of wget1-wget, wget2-wget`
	for name, test := range map[string]struct {
		facts         *doc.PackageFacts
		want          string
		message, hint string
	}{
		"one available": {facts: index("wget2-wget"), want: "wget2-wget"},
		"one installed": {facts: &doc.PackageFacts{Index: doc.Absent, Installed: map[string]string{"wget1-wget": "1"}}, want: "wget1-wget"},
		"one of both installed": {
			facts: &doc.PackageFacts{Index: doc.Present, Installed: map[string]string{"wget1-wget": "1"}, Available: map[string]string{"wget1-wget": "1", "wget2-wget": "2"}},
			want:  "wget1-wget",
		},
		"both": {
			facts: index("wget1-wget", "wget2-wget"), hint: hint,
			message: `package "wget": no name is known for it on fedora_43: the host has wget1-wget, wget2-wget`,
		},
		"none": {facts: index(), hint: hint, message: `package "wget": no name is known for it on fedora_43: it may be wget1-wget or wget2-wget`},
		"no index": {
			facts: &doc.PackageFacts{Index: doc.Absent}, hint: hint,
			message: `package "wget": no name is known for it on fedora_43: it may be wget1-wget or wget2-wget, and the host has no package index yet that would say which there is`,
		},
		"no host": {hint: hint, message: `package "wget": no name is known for it on fedora_43: it may be wget1-wget or wget2-wget`},
	} {
		got, err := Resolve([]Request{{Name: "wget"}}, "fedora_43", test.facts, Options{})
		var refusal *Refusal
		switch {
		case test.want != "":
			if n := got["wget"]; err != nil || n.Package != test.want || n.Rule != "table, the only one of wget1-wget, wget2-wget that the host has" {
				t.Errorf("%s: %+v, %v", name, n, err)
			}
		case !errors.As(err, &refusal) || refusal.Code() != "package_ambiguous" || err.Error() != test.message || refusal.Hint() != test.hint:
			t.Errorf("%s: %v, hint %q", name, err, refusal.Hint())
		}
	}
}

func TestNoOnePackage(t *testing.T) {
	_, err := Resolve([]Request{{Name: "build_essential", DeclaredAt: "c#/p"}}, "fedora_43", nil, Options{})
	var refusal *Refusal
	const message = `package "build_essential": fedora_43 has no one package for it: it is c_compiler, cxx_compiler and make together (c#/p)`
	if !errors.As(err, &refusal) || refusal.Code() != "package_several" || err.Error() != message ||
		refusal.Hint() != `write "c_compiler", "cxx_compiler", "make" in its place` {
		t.Errorf("%v, hint %q", err, refusal.Hint())
	}
}
