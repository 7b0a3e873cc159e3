package names

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
