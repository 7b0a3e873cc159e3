package names

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hostkit/pkg/doc"
)

// lockFrom makes a lock of words like "debian_12/curl=curl" and "mise=1".
func lockFrom(t *testing.T, words string) doc.PackageLock {
	t.Helper()
	lock := doc.PackageLock{Repositories: map[string]doc.LockedRepository{}}
	for word := range strings.FieldsSeq(words) {
		at, value, _ := strings.Cut(word, "=")
		repository, name, ofRepository := strings.Cut(at, "/")
		if !ofRepository {
			lock.Mise = &doc.MiseRelease{Version: value}
			continue
		}
		locked := lock.Repositories[repository]
		if locked.Packages == nil {
			locked.Packages = map[string]doc.PackageName{}
		}
		locked.Packages[name] = doc.PackageName{Package: value, Source: "index"}
		lock.Repositories[repository] = locked
	}
	return lock
}

func TestMerge(t *testing.T) {
	for _, test := range []struct{ base, ours, theirs, want, problem string }{
		{base: "", ours: "d/a=a", theirs: "d/b=b", want: "d/a=a d/b=b"},
		{base: "", ours: "d/a=a", theirs: "", want: "d/a=a"},
		{base: "", ours: "d/a=a", theirs: "f/a=a2", want: "d/a=a f/a=a2"},
		{base: "d/a=a", ours: "d/a=a d/b=b", theirs: "", want: "d/b=b"},
		{base: "d/a=a", ours: "d/a=new", theirs: "d/a=a d/c=c", want: "d/a=new d/c=c"},
		{base: "d/a=a", ours: "d/a=a", theirs: "d/a=new", want: "d/a=new"},
		{base: "d/a=a", ours: "d/a=same", theirs: "d/a=same", want: "d/a=same"},
		{base: "d/a=a", ours: "d/a=x", theirs: "d/a=y", problem: "another process has changed l in the meantime, a on d otherwise than this one"},
		{base: "", ours: "d/a=x d/b=b", theirs: "d/a=y", problem: "another process has changed l in the meantime, a on d otherwise than this one"},
		{base: "", ours: "d/a=a mise=1", theirs: "d/b=b", want: "d/a=a d/b=b mise=1"},
		{base: "d/a=a mise=1", ours: "d/a=a mise=1", theirs: "d/a=a mise=2", want: "d/a=a mise=2"},
		{base: "mise=1", ours: "mise=2", theirs: "mise=3", problem: "another process has changed l in the meantime, mise otherwise than this one"},
	} {
		got, err := Merge("l", lockFrom(t, test.base), lockFrom(t, test.ours), lockFrom(t, test.theirs))
		if test.problem != "" {
			if err == nil || err.Error() != test.problem {
				t.Errorf("%+v: %v", test, err)
			}
			continue
		}
		if diff := cmp.Diff(lockFrom(t, test.want), got); diff != "" || err != nil {
			t.Errorf("%+v: %v\n%s", test, err, diff)
		}
	}
}

// Who has changed nothing takes what the other has; and whoever writes last, the
// lock is the same.
func TestMergeLaws(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		lock := func(label string, over doc.PackageLock) doc.PackageLock {
			grown := doc.PackageLock{Repositories: map[string]doc.LockedRepository{}}
			for repository, locked := range over.Repositories {
				grown.Repositories[repository] = doc.LockedRepository{Packages: maps.Clone(locked.Packages)}
			}
			for range rapid.IntRange(0, 4).Draw(r, label) {
				repository := rapid.SampledFrom([]string{"arch", "debian_12"}).Draw(r, "repository")
				name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "name")
				value := rapid.SampledFrom([]string{"x", "y"}).Draw(r, "package")
				if grown.Repositories[repository].Packages == nil {
					grown.Repositories[repository] = doc.LockedRepository{Packages: map[string]doc.PackageName{}}
				}
				grown.Repositories[repository].Packages[name] = doc.PackageName{Package: value, Source: "index"}
			}
			return grown
		}
		base := lock("base", doc.PackageLock{})
		ours, theirs := lock("ours", base), lock("theirs", base)
		if got, err := Merge("l", base, ours, base); err != nil || !cmp.Equal(got, ours) {
			r.Fatalf("ours alone: %v\n%s", err, cmp.Diff(ours, got))
		}
		if got, err := Merge("l", base, base, theirs); err != nil || !cmp.Equal(got, theirs) {
			r.Fatalf("theirs alone: %v\n%s", err, cmp.Diff(theirs, got))
		}
		one, err := Merge("l", base, ours, theirs)
		other, otherErr := Merge("l", base, theirs, ours)
		if (err == nil) != (otherErr == nil) || err == nil && !cmp.Equal(one, other) {
			r.Fatalf("%v, %v\n%s", err, otherErr, cmp.Diff(one, other))
		}
	})
}
