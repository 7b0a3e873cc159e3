package apply_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/apply"
	"hostkit/pkg/doc"
)

// stateFolder is where this user's hosts keep what outlives a run.
func stateFolder(t *testing.T) string {
	t.Helper()
	if os.Geteuid() == 0 {
		return "/var/lib/hostkit"
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(home, ".local/state/hostkit")
}

// journalOf is the host's journal without its times.
func journalOf(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(stateFolder(t), "journal"))
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`\b\d{10}\b`).ReplaceAllString(string(raw), "TIME")
}

// notes gives what is told beside the changes.
func notes(o *apply.Options) *[]string {
	var said []string
	o.Emit = func(e doc.Event) {
		if e.Type == doc.EventNote {
			said = append(said, e.Message)
		}
	}
	return &said
}

func TestTheJournalSaysWhatIsBegunAndHowItEnded(t *testing.T) {
	o := optionsFor(t)
	o.Holder = "anna@laptop"
	p := planFor(t, t.TempDir(), "a - 1", "b - 2", "c - 3 a", "d - boom c", "e - 5 d")
	p.Digest = "sha256:abc"
	apply.Apply(t.Context(), p, o)
	want := `hostkit-journal 1 sha256:abc TIME 5 anna@laptop
begun 0-1
ended 0-1
begun 2
ended 2
begun 3
over failed at TIME
`
	if diff := cmp.Diff(want, journalOf(t)); diff != "" {
		t.Error(diff)
	}

	// A run of the same plan goes on where it was; what failed is open still.
	// What it finds made was made by the first, which its report says; so would a third's.
	for range 2 {
		r := apply.Apply(t.Context(), p, o)
		for _, c := range r.Changes[:3] {
			if c.Status != doc.ChangeAlready || !c.BegunBefore {
				t.Errorf("%+v", c)
			}
		}
	}
	want = `hostkit-journal 1 sha256:abc TIME 5 anna@laptop
begun 0-3
ended 0-2
over failed at TIME
`
	if diff := cmp.Diff(want, journalOf(t)); diff != "" {
		t.Error(diff)
	}

	// Another plan has a journal of its own.
	other := planFor(t, t.TempDir(), "a - 1")
	other.Digest = "sha256:0"
	apply.Apply(t.Context(), other, o)
	want = `hostkit-journal 1 sha256:0 TIME 1 anna@laptop
begun 0
ended 0
over applied at TIME
`
	if diff := cmp.Diff(want, journalOf(t)); diff != "" {
		t.Error(diff)
	}
}

// What a cut has left half made is carried on with by the same plan only.
func TestWhatIsHalfMadeIsCarriedOnWith(t *testing.T) {
	dir := t.TempDir()
	p, o := planFor(t, dir, "a - 1", "b - torn a", "c - 3 b"), optionsFor(t)
	if r := apply.Apply(t.Context(), p, o); r.Status != doc.StatusFailed || r.Changes[1].Status != doc.ChangeUnknown {
		t.Fatalf("%s, %v", r.Status, fates(r))
	}
	journal, err := os.ReadFile(filepath.Join(stateFolder(t), "journal"))
	if err != nil {
		t.Fatal(err)
	}
	wantStale := func(why string) {
		t.Helper()
		if r := apply.Apply(t.Context(), p, o); r.Status != doc.StatusStale || len(r.Stale) != 1 {
			t.Errorf("%s: %s, %v", why, r.Status, fates(r))
		}
	}
	own := p.Digest
	p.Digest = "sha256:1"
	wantStale("another plan")
	p.Digest = own
	for why, text := range map[string]string{
		"another version":   strings.Replace(string(journal), "journal 1", "journal 2", 1),
		"another count":     strings.Replace(string(journal), " 3 ", " 4 ", 1),
		"a word of nobody":  string(journal) + "what 1\n",
		"a place too many":  string(journal) + "begun 1-3\n",
		"a place backwards": string(journal) + "begun 2-1\n",
		"no place":          string(journal) + "begun x\n",
		"ended":             string(journal) + "ended 1\n",
		"never begun":       strings.Join(strings.SplitAfter(string(journal), "\n")[:2], ""),
		"empty":             "",
		"zeros":             strings.Repeat("\x00", len(journal)),
		"too long":          string(journal) + strings.Repeat("begun 1\n", 1<<16),
	} {
		if err := os.WriteFile(filepath.Join(stateFolder(t), "journal"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		wantStale(why)
	}
	if err := os.Remove(filepath.Join(stateFolder(t), "journal")); err != nil {
		t.Fatal(err)
	}
	wantStale("no journal")

	// A line that a power cut has torn announces nothing that was begun.
	if err := os.WriteFile(filepath.Join(stateFolder(t), "journal"), append(journal, "ended 1"...), 0o600); err != nil {
		t.Fatal(err)
	}
	o.DryRun = true
	said := notes(&o)
	if r := apply.Apply(t.Context(), p, o); r.Status != doc.StatusDryRun {
		t.Errorf("a dry run: %s, %v", r.Status, fates(r))
	}
	o.DryRun = false
	if r := apply.Apply(t.Context(), p, o); r.Status != doc.StatusApplied || !r.Verified {
		t.Errorf("%s, %+v", r.Status, r.Error)
	}
	note := "carries on with note:" + filepath.Join(dir, "b") + ", which an earlier run of the plan has begun and not ended"
	if diff := cmp.Diff([]string{note, note}, *said); diff != "" {
		t.Error(diff)
	}
}

// full mounts a file system without room over the state folder.
func full(t *testing.T, options string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("a file system of one's own takes root")
	}
	folder := stateFolder(t)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, 0); err != nil {
			t.Error(err)
		}
	})
}

func TestJournalThatIsAFolderIsNamed(t *testing.T) {
	p, o := planFor(t, t.TempDir(), "a - 1"), optionsFor(t)
	full(t, "size=64k")
	journal := filepath.Join(stateFolder(t), "journal")
	if err := os.Mkdir(journal, 0o700); err != nil {
		t.Fatal(err)
	}
	r := apply.Apply(t.Context(), p, o)
	if r.Error == nil || r.Error.Code != "journal_unwritable" || !strings.Contains(r.Error.Hint, "see to "+journal+" there") {
		t.Errorf("%s, %+v", r.Status, r.Error)
	}
	if _, err := os.Lstat(journal + ".new"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was to replace it is left: %v", err)
	}
}

func TestNothingIsBegunThatTheJournalDoesNotHave(t *testing.T) {
	dir := t.TempDir()
	p, o := planFor(t, dir, "a - 1", "b - 2"), optionsFor(t)
	full(t, "size=4k,nr_inodes=10")
	if err := os.WriteFile(filepath.Join(stateFolder(t), "filler"), make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	said := notes(&o)
	r := apply.Apply(t.Context(), p, o)
	if r.Status != doc.StatusFailed || exitOf(r) != 1 || r.Error.Code != "journal_unwritable" ||
		r.Error.Message != "the journal can't be written: no space left on device; nothing was changed" {
		t.Errorf("%s, %+v", r.Status, r.Error)
	}
	if diff := cmp.Diff([]string{"a not_reached", "b not_reached"}, fates(r)); diff != "" {
		t.Error(diff)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("the host has %v, %v", entries, err)
	}

	// The lock was given back, and with room there the plan is applied.
	if err := os.Remove(filepath.Join(stateFolder(t), "filler")); err != nil {
		t.Fatal(err)
	}
	if r := apply.Apply(t.Context(), p, o); r.Status != doc.StatusApplied {
		t.Errorf("%s, %+v", r.Status, r.Error)
	}
	for _, note := range *said {
		if strings.Contains(note, "lock") {
			t.Error(note)
		}
	}
}

func TestARecordOfTheRunIsKept(t *testing.T) {
	if err := os.RemoveAll(stateFolder(t)); err != nil {
		t.Fatal(err)
	}
	dir, o := t.TempDir(), optionsFor(t)
	o.Holder = "anna@laptop"
	digest := doc.Digest("sha256:" + strings.Repeat("0", 64))
	for i := range 23 {
		p := planFor(t, dir, "a - 1", "b - boom")
		p.Digest = digest
		if i > 0 {
			p.Changes = p.Changes[1:]
		}
		if r := apply.Apply(t.Context(), p, o); r.Status != doc.StatusFailed {
			t.Fatalf("%s, %+v", r.Status, r.Error)
		}
	}
	// Nothing was attempted in these.
	apply.Apply(t.Context(), planFor(t, dir, "a - 1"), o)
	apply.Apply(t.Context(), planFor(t, dir, "a - 2"), o)
	o.DryRun = true
	apply.Apply(t.Context(), planFor(t, dir, "c - 2"), o)
	names, err := filepath.Glob(filepath.Join(stateFolder(t), "runs", "*"))
	if err != nil || len(names) != 20 {
		t.Fatalf("%v, %v", names, err)
	}
	raw, err := os.ReadFile(filepath.Join(stateFolder(t), "runs", "23"))
	if err != nil {
		t.Fatal(err)
	}
	var got doc.RunRecord
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	want := doc.RunRecord{
		Plan: digest, Status: doc.StatusFailed, Holder: "anna@laptop",
		StartedAt: "2026-11-22T20:40:35Z", FinishedAt: "2026-11-22T20:40:35Z",
		Changes: []doc.RunChange{{
			Address: doc.NewAddress("note", filepath.Join(dir, "b")), Action: doc.Update, Status: doc.ChangeFailed,
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(filepath.Join(stateFolder(t), "runs", "23")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}
