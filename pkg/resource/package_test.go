package resource

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/names"
	"hostkit/pkg/shell"
)

func packageResource(name string, state doc.Presence, spec string) doc.Resource {
	return doc.Resource{
		Address: doc.NewAddress("package", name), Kind: "package", Name: name, State: state, Spec: doc.Attributes(spec),
	}
}

func TestPackageExpand(t *testing.T) {
	yes := true
	declared, problems := packages{}.Expand(doc.Raw(`["curl", {"name": "postgresql_client", "as": "postgresql-client-15"},
		{"name": "g++", "version": "4:12.2.0-3", "depends_on": ["file:/etc/apt/x"]}, {"name": "telnetd", "state": "absent"},
		{"name": "jq", "state": "latest", "hold": true}]`), nil)
	want := []Declared{
		{Name: "curl", Pointer: "/0", Spec: packageSpec{}},
		{Name: "postgresql_client", Pointer: "/1", Spec: packageSpec{As: names.Candidates{"postgresql-client-15"}}},
		{Name: "g++", Pointer: "/2", Common: Common{DependsOn: []doc.Address{"file:/etc/apt/x"}}, Spec: packageSpec{Version: "4:12.2.0-3"}},
		{Name: "telnetd", Pointer: "/3", Common: Common{State: doc.Absent}, Spec: packageSpec{}},
		{Name: "jq", Pointer: "/4", Common: Common{State: doc.Present}, Spec: packageSpec{Latest: true, Hold: &yes}},
	}
	if diff := cmp.Diff(want, declared); diff != "" || problems != nil {
		t.Error(diff, problems)
	}
}

func TestPackageExpandRefuses(t *testing.T) {
	for section, want := range map[string]string{
		`["Curl"]`:                          `/0: "Curl" is not a package name: want lower-case letters, digits, _, +, . and -`,
		`["a", ""]`:                         `/1: "" is not a package name: want lower-case letters, digits, _, +, . and -`,
		`[{"as": "x2"}]`:                    `/0: "" is not a package name: want lower-case letters, digits, _, +, . and -`,
		`[{"name": "x", "as": "sudo-"}]`:    `/0/as: "sudo-" ends with a dash, which apt takes as a removal; and no other package manager takes it`,
		`[{"name": "x", "version": "1.*"}]`: `/0/version: "1.*" is not a version of a Debian package, like 1:2.3-4; and no other package manager takes it`,
		`[{"name": "x", "version": "1", "state": "absent"}]`:     `/0/version: a package that is to be absent has no version`,
		`[{"name": "x", "as": []}]`:                              `/0/as: an empty list names no package: leave it out`,
		`[{"name": "x", "as": ["a1", ""]}]`:                      `/0/as: an empty name is none`,
		`[{"name": "x", "as": ["a1", "b1", "a1"]}]`:              `/0/as: a1 stands there twice`,
		`[{"name": "x", "as": ["a1", "b1"], "state": "absent"}]`: `/0/as: a package that is to be absent is called one thing`,
		`[{"name": "x", "state": "latest", "version": "1"}]`:     `/0/version: the latest and an exact version contradict each other`,
		`[{"name": "x", "state": "absent", "hold": false}]`:      `/0/hold: a package that is to be absent can't be held, nor released`,
		`["curl=7"]`: `/0: "curl=7" is not a package name: want lower-case letters, digits, _, +, . and -`,
	} {
		_, problems := packages{}.Expand(doc.Raw(section), nil)
		if len(problems) != 1 || problems[0].Pointer+": "+problems[0].Message != want {
			t.Errorf("%s: %+v", section, problems)
		}
	}
	for name, hinted := range map[string]bool{"Curl": true, "tre.$": false, "lib*": false, "curl=7": true, "curl=": false, "-y": false} {
		_, problems := packages{}.Expand(doc.Raw(`["`+name+`"]`), nil)
		if len(problems) != 1 || (problems[0].Hint != "") != hinted {
			t.Errorf("hint for %s: %+v", name, problems)
		}
	}
	if _, problems := (packages{}).Expand(doc.Raw(`[{"name": "x", "nme": "y"}, 7]`), nil); len(problems) == 0 {
		t.Error("an unknown member was taken")
	}
}

func packageWorld(f doc.PackageFacts, names map[string]doc.PackageName) World {
	return World{Facts: doc.Facts{PackageManager: "apt", PackageRepository: "debian_12", Packages: &f}, Names: names}
}

var someFacts = doc.PackageFacts{
	Index:     doc.Present,
	Installed: map[string]string{"curl": "7.88.1", "sudo": "1.9"},
	Broken:    map[string]string{"half": "half-configured"},
	Available: map[string]string{"ca-certificates": "20230311", "nosuch": "", "mta": "", "devel": "", "curl": "7.88.2"},
	Versions:  map[string][]string{"curl": {"7.88.2", "7.88.1"}},
	Providers: map[string][]string{"mta": {"exim4", "postfix"}},
	Groups:    map[string][]string{"devel": {"gcc", "make"}},
}

func TestPackageCompare(t *testing.T) {
	for name, test := range map[string]struct {
		resource      doc.Resource
		answer        doc.PackageName
		action        doc.Action
		reason        string
		before, after string
	}{
		"missing": {
			packageResource("ca_certificates", doc.Present, ""),
			doc.PackageName{Package: "ca-certificates"},
			doc.Create, "missing", `{"state":"absent"}`, `{"state":"present","package":"ca-certificates","candidate":"20230311"}`,
		},
		"not asked about": {
			packageResource("x", doc.Present, ""),
			doc.PackageName{Package: "x2"},
			doc.Create, "missing", `{"state":"absent"}`, `{"state":"present","package":"x2"}`,
		},
		"installed":  {packageResource("curl", doc.Present, ""), doc.PackageName{Package: "curl"}, "", "", "", ""},
		"at version": {packageResource("curl", doc.Present, `{"version":"7.88.1"}`), doc.PackageName{Package: "curl"}, "", "", "", ""},
		"other version": {
			packageResource("curl", doc.Present, `{"version":"7.88.2"}`),
			doc.PackageName{Package: "curl"},
			doc.Update, "version", `{"state":"present","package":"curl","version":"7.88.1"}`, `{"state":"present","package":"curl","version":"7.88.2"}`,
		},
		"locked version": {
			packageResource("curl", doc.Present, ""),
			doc.PackageName{Package: "curl", Version: "7.88.2"},
			doc.Update, "version", `{"state":"present","package":"curl","version":"7.88.1"}`, `{"state":"present","package":"curl","version":"7.88.2"}`,
		},
		"config before lock": {packageResource("curl", doc.Present, `{"version":"7.88.1"}`), doc.PackageName{Package: "curl", Version: "7.88.2"}, "", "", "", ""},
		"half installed": {
			packageResource("half", doc.Present, ""),
			doc.PackageName{Package: "half"},
			doc.Update, "half-configured", `{"state":"present","package":"half","status":"half-configured"}`, `{"state":"present","package":"half"}`,
		},
		"not wanted": {
			packageResource("sudo", doc.Absent, ""),
			doc.PackageName{Package: "sudo"},
			doc.Delete, "not wanted", `{"state":"present","package":"sudo","version":"1.9"}`, `{"state":"absent"}`,
		},
		"absent": {packageResource("telnetd", doc.Absent, ""), doc.PackageName{Package: "telnetd"}, "", "", "", ""},
	} {
		got, err := packages{}.Compare(test.resource, packageWorld(someFacts, map[string]doc.PackageName{test.resource.Name: test.answer}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff([]string{string(test.action), test.reason, test.before, test.after},
			[]string{string(got.Action), got.Reason, string(got.Before), string(got.After)}); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestPackageCompareRefuses(t *testing.T) {
	for name, test := range map[string]struct{ spec, called, code string }{
		"not there":        {"", "nosuch", "not_available"},
		"virtual":          {"", "mta", "not_available"},
		"a group":          {"", "devel", "not_available"},
		"no such version":  {`{"version":"9"}`, "curl", "version_not_available"},
		"an expression":    {"", "sudo-", "bad_name"},
		"version of sorts": {`{"version":"9.*"}`, "curl", "bad_name"},
		"no name":          {"", "", "not_resolved"},
	} {
		answers := map[string]doc.PackageName{"x": {Package: test.called}}
		if test.called == "" {
			answers = nil
		}
		_, err := packages{}.Compare(packageResource("x", doc.Present, test.spec), packageWorld(someFacts, answers))
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Code != test.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (packages{}).Compare(packageResource("x", doc.Present, ""), World{}); !errors.Is(err, ErrNotObserved) {
		t.Errorf("without facts: %v", err)
	}
	broken := doc.PackageFacts{Error: &doc.FactError{Code: "failed", Message: "dpkg-query: no"}}
	var fact *doc.FactError
	if _, err := (packages{}).Compare(packageResource("x", doc.Present, ""), packageWorld(broken, nil)); !errors.As(err, &fact) {
		t.Errorf("with a failed fact: %v", err)
	}
}

func TestPackageHolds(t *testing.T) {
	for _, test := range []struct {
		side, found string
		want        bool
	}{
		{`{"state":"absent"}`, `{"state":"absent"}`, true},
		{`{"state":"absent"}`, `{"state":"present","package":"a","version":"1"}`, false},
		{`{"state":"present","package":"a","candidate":"2"}`, `{"state":"present","package":"a","version":"1"}`, true},
		{`{"state":"present","package":"a","version":"2"}`, `{"state":"present","package":"a","version":"1"}`, false},
		{`{"state":"present","package":"a","version":"1"}`, `{"state":"present","package":"a","version":"1"}`, true},
		{`{"state":"present","package":"a"}`, `{"state":"present","package":"a","status":"unpacked"}`, false},
		{`{"state":"present","package":"a","status":"unpacked"}`, `{"state":"present","package":"a","status":"unpacked"}`, true},
		{`{"state":"present","package":"a"}`, `{"state":"present","package":"b","version":"1"}`, false},
		{`{"state":"present","package":"a"}`, `{"state":"absent"}`, false},
		{`[]`, `{"state":"absent"}`, false},
	} {
		if got := (packages{}).Holds(doc.Attributes(test.side), doc.Attributes(test.found)); got != test.want {
			t.Errorf("%s held by %s: %v", test.side, test.found, got)
		}
	}
}

var someChanges = []doc.Change{
	{Address: "package:tree", Action: doc.Create, Before: doc.Attributes(`{"state":"absent"}`), After: doc.Attributes(`{"state":"present","package":"tree"}`)},
	{Address: "package:curl", Action: doc.Update, Before: doc.Attributes(`{"state":"present","package":"curl","version":"2"}`), After: doc.Attributes(`{"state":"present","package":"curl","version":"1"}`)},
	{Address: "package:zip", Action: doc.Delete, Before: doc.Attributes(`{"state":"present","package":"zip","version":"3"}`), After: doc.Attributes(`{"state":"absent"}`)},
}

var aptSite = Site{Target: doc.Target{PackageManager: "apt"}}

func TestPackageStepsAreOneTransaction(t *testing.T) {
	works, err := packages{}.Steps(someChanges, aptSite)
	if err != nil || len(works) != 1 || !works[0].Alone || works[0].Name != "install 2 packages, remove 1 package" ||
		!slices.Equal(works[0].Changes, []doc.Address{"package:tree", "package:curl", "package:zip"}) {
		t.Fatalf("%+v, %v", works, err)
	}
	if !strings.Contains(works[0].Script.String(), "'--' 'tree:native' 'curl:native=1' 'zip:native-'\n") {
		t.Error(works[0].Script.String())
	}
	outcome, err := works[0].Read(shell.Result{Stdout: []byte("amd64\n- installed ok curl amd64 2\n- installed ok zip amd64 3\n+ installed ok curl amd64 1\n+ installed ok tree amd64 2.1.0-1\n+ unpacked ok libx all 1\n")})
	want := []string{"curl 1", "libx 1 (unpacked)", "tree 2.1.0-1", "zip (removed)"}
	if diff := cmp.Diff(want, outcome.Transaction); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := (packages{}).Steps(someChanges, Site{Target: doc.Target{PackageManager: "emerge"}}); err == nil {
		t.Error("an unknown manager was taken")
	}
	bad := doc.Change{Address: "package:x", After: doc.Attributes(`{"state":"present","package":"sudo-"}`)}
	if _, err := (packages{}).Steps([]doc.Change{bad}, aptSite); err == nil {
		t.Error("a plan's bad name was taken")
	}
	// Recheck took it, and the plan was called a failure of the host behind a
	// login, where it was one of the input.
	if _, err := (packages{}).Recheck([]doc.Change{bad}, aptSite); err == nil {
		t.Error("a plan's bad name was looked for")
	}
}

func TestPackagePreviewRefusesWhatThePlanDoesNotName(t *testing.T) {
	const asked = "Inst tree (2.1.0-1 x [amd64])\nInst curl [2] (1 x [amd64])\nRemv zip [3]\n"
	for said, code := range map[string]string{
		asked:                                "",
		asked + "Inst libx (1 x [amd64])\n":  "",
		asked + "Inst y [1] (2 x [amd64])\n": "",
		asked + "Inst y [2] (1 x [amd64])\n": "would_downgrade",
		asked + "Remv y [2]\n":               "would_remove",
		"Inst other (1 x [amd64])\n":         "not_available",
	} {
		checks, err := packages{}.Preview(someChanges, aptSite)
		if err != nil || len(checks) != 1 {
			t.Fatal(checks, err)
		}
		err = checks[0].Read(shell.Result{Stdout: []byte(said)})
		var refusal *Refusal
		if errors.As(err, &refusal) != (code != "") || refusal != nil && refusal.Code != code {
			t.Errorf("%s: %v, want %q", said, err, code)
		}
	}
}

// An index that the plan itself has fetched is not called old.
func TestPackageFailuresAfterTheIndexWasFetched(t *testing.T) {
	const (
		old     = "the package index may be old: make the plan again with hk-plan --refresh-index"
		fetched = "the index was fetched by this plan"
	)
	waiting := slices.Clone(someChanges)
	waiting[0].DependsOn = []doc.Dependency{{Address: "package_index:apt", Reason: "package index"}}
	for _, test := range []struct{ said, alone, after string }{
		{"E: Unable to locate package jqq\n", old + "; is the name right?", "is the name right? " + fetched},
		{"E: Version '9' for 'tree' was not found\n", old + ", or give another version", "give another version: " + fetched},
		{
			"E: Failed to fetch http://127.0.0.1/x.deb  404  Not Found [IP]\n", old,
			fetched + ", and the repository changes or is not in order: make the plan again later",
		},
		{"E: Could not get lock /x\n", "wait until it is done", "wait until it is done"},
	} {
		failed := shell.Result{Status: 100, Stderr: []byte(test.said)}
		for want, cs := range map[string][]doc.Change{"alone: " + test.alone: someChanges, "after: " + test.after: waiting} {
			checks, err := packages{}.Preview(cs, aptSite)
			if err != nil {
				t.Fatal(err)
			}
			works, err := packages{}.Steps(cs, aptSite)
			if err != nil {
				t.Fatal(err)
			}
			_, made := works[0].Read(failed)
			for _, err := range []error{checks[0].Read(failed), made} {
				var refusal *Refusal
				if !errors.As(err, &refusal) || want[len("alone: "):] != refusal.Hint {
					t.Errorf("%s: %#v, want the hint %s", test.said, err, want)
				}
			}
		}
	}
}

func TestPackageSurveyFillsFacts(t *testing.T) {
	probes, err := packages{}.Survey([]doc.Resource{packageResource("openssl_dev", doc.Present, ""), packageResource("zip", doc.Absent, "")}, Site{})
	if err != nil {
		t.Fatal(err)
	}
	var f doc.Facts
	for i, r := range []shell.Result{
		{Stdout: []byte("amd64\ninstalled ok dpkg amd64 1.21 hold\nunpacked ok half all 1 install\n")},
		{Stdout: []byte("%index present\n%policy\nlibssl-dev:\n  Candidate: 3.0\n")},
	} {
		if err := probes[i].Read(r, &f); err != nil {
			t.Fatal(err)
		}
	}
	want := doc.Facts{PackageManager: "apt", Packages: &doc.PackageFacts{
		Index:     doc.Present,
		Installed: map[string]string{"dpkg": "1.21"},
		Broken:    map[string]string{"half": "unpacked"},
		Held:      []string{"dpkg"},
		Available: map[string]string{"libssl-dev": "3.0", "openssl-dev": ""},
	}}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Error(diff)
	}
	f = doc.Facts{}
	for _, p := range probes {
		if err := p.Read(shell.Result{Status: 69}, &f); err != nil {
			t.Fatal(err)
		}
	}
	if f.PackageManager != "" || f.Packages.Error == nil || f.Packages.Error.Code != "no_package_manager" {
		t.Errorf("a host without a manager: %+v", f.Packages)
	}
}

func TestPackageConfigForms(t *testing.T) {
	var list Packages
	if err := json.Unmarshal([]byte(`["a", {"name": "b"}]`), &list); err != nil || list[0].Name != "a" || list[1].Name != "b" {
		t.Errorf("%+v, %v", list, err)
	}
	if shapes := (PackageConfig{}).OneOfShapes(); len(shapes) != 2 {
		t.Errorf("%v", shapes)
	}
}
