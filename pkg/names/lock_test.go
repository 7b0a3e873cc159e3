package names

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
)

const lockText = `{
  "schema": "hostkit.package-lock/v1",
  "repositories": {
    "alpine_3_20": {
      "packages": {
        "zlib_dev": {
          "package": "zlib-dev",
          "source": "embedded",
          "rule": "table"
        }
      }
    },
    "debian_12": {
      "packages": {
        "curl": {
          "package": "curl",
          "source": "embedded",
          "rule": "table",
          "version": "7.88.1-10",
          "checksum": "from a later v1"
        }
      },
      "mise": {
        "version": "2026.9.15"
      }
    }
  },
  "later": true
}
`

// A lock is kept in git: what is written back must differ in nothing but what
// was added, whoever wrote it.
func TestLockKeepsWhatIsThere(t *testing.T) {
	lock, err := ReadLock("l", []byte(lockText))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := MarshalLock(lock)
	if diff := cmp.Diff(lockText, string(raw)); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	section := doc.PackageNames{Repository: "debian_12", Names: map[string]doc.PackageName{
		"curl":  {Package: "curl", Source: "lock"},
		"git":   {Package: "git", Source: "embedded", Rule: "table"},
		"named": {Package: "mine", Source: "as"},
	}}
	if err := Add(&lock, section, nil); err != nil {
		t.Fatal(err)
	}
	raw, err = MarshalLock(lock)
	added := `"from a later v1"
        },
        "git": {
          "package": "git",
          "source": "embedded",
          "rule": "table"
        }`
	want := strings.Replace(lockText, "\"from a later v1\"\n        }", added, 1)
	if diff := cmp.Diff(want, string(raw)); diff != "" || err != nil {
		t.Error(diff, err)
	}
	section.Names["curl"] = doc.PackageName{Package: "curl", Source: "embedded", Rule: "table"}
	if err := Add(&lock, section, []string{"curl"}); err != nil {
		t.Fatal(err)
	}
	if got := lock.Repositories["debian_12"].Packages["curl"]; got.Version != "" {
		t.Errorf("curl was not replaced: %+v", got)
	}
}

func TestAddToAnEmptyLock(t *testing.T) {
	var lock doc.PackageLock
	names := map[string]doc.PackageName{"mine": {Package: "m", Source: "as"}}
	if err := Add(&lock, doc.PackageNames{Names: names}, nil); err != nil || lock.Repositories != nil {
		t.Errorf("%+v, %v", lock, err)
	}
	names["git"] = doc.PackageName{Package: "git", Source: "index"}
	if err := Add(&lock, doc.PackageNames{Names: names}, nil); err == nil {
		t.Error("a name of an unknown repository was locked")
	}
	if err := Add(&lock, doc.PackageNames{Repository: "arch", Names: names}, nil); err != nil || len(lock.Repositories["arch"].Packages) != 1 {
		t.Errorf("%+v, %v", lock, err)
	}
}

func TestReadLockRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"schema":     `{"schema": "hostkit.package-lock/v2", "repositories": {}}`,
		"other":      `{"schema": "hostkit.plan/v1"}`,
		"twice":      `{"schema": "hostkit.package-lock/v1", "repositories": {"a": {"packages": {}}, "a": {"packages": {}}}}`,
		"no package": `{"schema": "hostkit.package-lock/v1", "repositories": {"a": {"packages": {"x": {"package": "", "source": "as"}}}}}`,
		"no source":  `{"schema": "hostkit.package-lock/v1", "repositories": {"a": {"packages": {"x": {"package": "x"}}}}}`,
		"bad name":   `{"schema": "hostkit.package-lock/v1", "repositories": {"a": {"packages": {"X Y": {"package": "x", "source": "index"}}}}}`,
		"cut":        `{"schema": "hostkit.package-lock/v1", "repositories": {`,
		"nothing":    ``,
		"missing":    `{"schema": "hostkit.package-lock/v1"}`,
	} {
		if lock, err := ReadLock("l", []byte(text)); err == nil {
			t.Errorf("%s was taken: %+v", name, lock)
		}
	}
}

func TestForHost(t *testing.T) {
	resources := []doc.Resource{{Address: "package:curl", Kind: "package", Name: "curl", State: doc.Present}}
	as := []doc.Resource{{Address: "package:curl", Kind: "package", Name: "curl", State: doc.Present, Spec: doc.Attributes(`{"as": "mine"}`)}}
	section := func(repository, pkg, source string) *doc.PackageNames {
		return &doc.PackageNames{Repository: repository, Names: map[string]doc.PackageName{"curl": {Package: pkg, Source: source}}}
	}
	known := &doc.Facts{PackageRepository: "debian_12"}
	lock := lockOf("debian_12", map[string]doc.PackageName{"curl": {Package: "curl"}})
	for name, test := range map[string]struct {
		h       doc.HostDocument
		lock    *doc.PackageLock
		want    string
		problem string
	}{
		"nothing to name":    {doc.HostDocument{}, lock, "", ""},
		"resolved here":      {doc.HostDocument{Resources: resources, Facts: known}, nil, "curl", ""},
		"from the section":   {doc.HostDocument{Resources: resources, Facts: known, Packages: section("debian_12", "other", "index")}, nil, "other", ""},
		"told repository":    {doc.HostDocument{Resources: resources, Facts: &doc.Facts{}, Packages: section("debian_12", "other", "index")}, nil, "other", ""},
		"lock agrees":        {doc.HostDocument{Resources: resources, Facts: known, Packages: section("debian_12", "curl", "embedded")}, lock, "curl", ""},
		"lock differs":       {doc.HostDocument{Resources: resources, Facts: known, Packages: section("debian_12", "other", "embedded")}, lock, "", `package "curl" is other in the document and curl in the package lock l`},
		"other repository":   {doc.HostDocument{Resources: resources, Facts: known, Packages: section("arch", "curl", "embedded")}, nil, "", "the document's package names are those of arch, its facts those of debian_12"},
		"names are older":    {doc.HostDocument{Resources: as, Facts: known, Packages: section("debian_12", "curl", "embedded")}, nil, "", `package "curl": the document's package names are older than its resources: it says curl, the config says as "mine"`},
		"as is gone":         {doc.HostDocument{Resources: resources, Facts: known, Packages: section("debian_12", "mine", "as")}, nil, "", "package \"curl\": the document's package names are older than its resources: it says mine because of an `as` that the config no longer has"},
		"missing in section": {doc.HostDocument{Resources: resources, Facts: known, Packages: &doc.PackageNames{Repository: "debian_12"}}, nil, "", `package "curl": the document's package names are older than its resources: it has no name for it`},
	} {
		got, err := ForHost(test.h, Options{Lock: test.lock, LockName: "l"})
		problem := ""
		if err != nil {
			problem = err.Error()
		}
		if got["curl"].Package != test.want || problem != test.problem {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
