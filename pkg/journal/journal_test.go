package journal_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/pkg/journal"
)

const head = "hostkit-journal 1 sha256:abc 1790000000 10 anna on a laptop\n"

func TestRead(t *testing.T) {
	j, ok := journal.Read([]byte(head + "ended 9\nbegun 0-4 7\nended 0-3\nbegun 3\nbegun 5-5\nended 4"))
	if !ok || j.Plan != "sha256:abc" || j.BegunAt != 1790000000 || j.Holder != "anna on a laptop" || j.Over != "" {
		t.Errorf("%t, %+v", ok, j)
	}
	var open []int
	for i := range 10 {
		if j.Open(i) {
			open = append(open, i)
		}
	}
	// The last line was torn: nothing says that 4 has ended.
	if !slices.Equal(open, []int{3, 4, 5, 7}) || !j.Ended[9] {
		t.Errorf("open are %v, ended %v", open, j.Ended)
	}
	j, ok = journal.Read([]byte("hostkit-journal 1 sha256:abc 1790000000 0\nover rolled_back at 1790000009\n"))
	if !ok || j.Over != doc.StatusRolledBack || j.Holder != "" {
		t.Errorf("%t, %+v", ok, j)
	}
}

func TestWhatIsNoJournal(t *testing.T) {
	for _, text := range []string{
		"", "\n", "\x00\x00", head[:20], strings.Replace(head, "1 ", "2 ", 1), strings.Replace(head, "-journal", "", 1),
		strings.Replace(head, " 10 ", " -1 ", 1), strings.Replace(head, " 10 ", " 4000000000 ", 1), strings.Replace(head, "1790000000", "now", 1),
		head + "begun 10\n", head + "begun 4-3\n", head + "begun -1\n", head + "begun 1-\n", head + "begun 1-2-3\n", head + "begun a\n",
		head + "\n", head + "over\n", head + "over and out\n", head + "done 1\n", head + strings.Repeat("begun 1\n", 40000),
	} {
		if j, ok := journal.Read([]byte(text)); ok {
			t.Errorf("%.80q was read: %+v", text, j)
		}
	}
}

// What is worded is read back.
func TestLine(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		set := make([]bool, 10)
		for i := range set {
			set[i] = random.IntN(2) == 0
		}
		j, ok := journal.Read([]byte(head + journal.Line("begun", set)))
		if !ok || !slices.Equal(j.Begun, set) {
			t.Fatalf("%v is %q, read as %v", set, journal.Line("begun", set), j.Begun)
		}
	}
	if got := journal.Line("begun", []bool{true, true, false, true}); got != "begun 0-1 3\n" {
		t.Errorf("%q", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(head + "begun 0-4 7\nended 0-3\nover failed at 1790000100\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		j, ok := journal.Read(text)
		if ok && (len(j.Begun) != len(j.Ended) || !strings.HasPrefix(string(text), "hostkit-journal 1 ")) {
			t.Errorf("%q: %+v", text, j)
		}
	})
}
