package names

import (
	"bytes"
	"regexp"
	"testing"

	"hostkit/pkg/doc"
)

// FuzzLock: a lock that is read is written to the same bytes again and again, and
// every answer in it names a package.
func FuzzLock(f *testing.F) {
	f.Add([]byte(`{"schema":"hostkit.package-lock/v1","repositories":{}}`))
	f.Add([]byte(`{"schema":"hostkit.package-lock/v1","repositories":{"debian_12":{"packages":{"curl":{"package":"curl","source":"embedded","rule":"table"}}}}}`))
	f.Add([]byte(`{"schema":"hostkit.package-lock/v1","later":{"a":1},"repositories":{"debian_12":{"packages":{"a":{"package":"b","source":"as","rule":"as","version":"1:2-3"}}}}}`))
	f.Add([]byte(`{"version":1,"target":"debian_12","packages":{"openssl_dev":"libssl-dev"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		lock, err := ReadLock("lock", raw)
		if err != nil {
			return
		}
		first, err := MarshalLock(lock)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadLock("lock", first)
		if err != nil {
			t.Fatalf("%s\n%v", first, err)
		}
		second, err := MarshalLock(again)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%s\nbecomes\n%s\n%v", first, second, err)
		}
		for repository, locked := range lock.Repositories {
			for name, answer := range locked.Packages {
				if name == "" || answer.Package == "" {
					t.Errorf("%s: %q is %q", repository, name, answer.Package)
				}
			}
			_ = CheckRepository(lock, "lock", repository)
			_ = CheckSection(doc.PackageNames{Repository: repository, Names: locked.Packages}, lock, "lock")
		}
	})
}

var repositoryForm = regexp.MustCompile(`^[a-z0-9_]+$`)

// FuzzRepository: whatever a host says it is, its repository is a plain word.
func FuzzRepository(f *testing.F) {
	f.Add("debian", "", "12.5")
	f.Add("ubuntu", "debian", "24.04")
	f.Add("pop", "ubuntu", "22.04")
	f.Add("alpine", "", "3.22.0_alpha20250108")
	f.Add("debian", "", "12\n")
	f.Fuzz(func(t *testing.T, id, like, version string) {
		os := doc.OS{ID: id, IDLike: []string{like}, VersionID: version}
		repository, err := Repository(os)
		if err == nil && !repositoryForm.MatchString(repository) {
			t.Errorf("%+v: %q", os, repository)
		}
		RepositoryNote(os)
		if near, ok := NearRepository(repository); ok && !KnownRepository(near) {
			t.Errorf("%q is not known, and meant by %q", near, repository)
		}
	})
}
