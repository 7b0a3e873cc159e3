package resource

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// backupsOf lists the backups of a host with mode and content.
func (h *testHost) backupsOf() string {
	h.t.Helper()
	return h.mustRun(`hk_state_folder; cd "$hk_state/backups" 2>/dev/null || exit 0; stat -c %a .
for f in .[!.]* *; do [ ! -f "$f" ] || printf '%s %s %s\n' "$(stat -c %a "$f")" "$f" "$(head -c 20 "$f")"; done`)
}

func kept(contents ...string) string {
	list := "700\n"
	if len(contents) == 0 {
		return ""
	}
	for _, c := range contents {
		list += "600 " + digestOf([]byte(c)).Hex() + " " + strings.TrimSpace(c) + "\n"
	}
	return list
}

// What is replaced or removed is on the host before, closed to others, and a step
// that is made again does not put the new content in its place.
func TestWhatIsReplacedIsKept(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		p := filepath.Join(t.TempDir(), "-a\nb")
		write(t, p, "old\n", 0o644)
		update := h.mustPlan(resourceOf("file", p, doc.Present, fileSpecOf([]byte("new\n"), "")))
		told, err := h.outcome(update)
		want := "/backups/" + digestOf([]byte("old\n")).Hex()
		if at := told.Backups[update.Address]; err != nil || !strings.HasSuffix(at, want) {
			t.Fatalf("the backup is at %q, error %v", at, err)
		}
		if got := h.backupsOf(); got != kept("old\n") {
			t.Errorf("kept: %q", got)
		}
		if told, err := h.outcome(update); err != nil || told.Backups != nil {
			t.Errorf("made again: %v, %v", told.Backups, err)
		}
		back, err := files{}.Undo(update, &doc.ChangeReport{Backup: want})
		mustDo(t, err, h.make(back[0]))
		if got, _ := os.ReadFile(p); string(got) != "old\n" {
			t.Errorf("taken back: %q", got)
		}
		gone := h.mustPlan(resourceOf("file", p, doc.Absent, `{}`))
		if told, err := h.outcome(gone); err != nil || !strings.HasSuffix(told.Backups[gone.Address], want) {
			t.Errorf("removed: %v, %v", told.Backups, err)
		}
		if got := h.backupsOf(); len(got) != len(kept("old\n", "new\n")) {
			t.Errorf("kept in the end: %q", got)
		}
	})
}

func TestSensitiveFilesAreNotKept(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		p := filepath.Join(t.TempDir(), "p")
		write(t, p, "old\n", 0o600)
		c := h.mustPlan(resourceOf("file", p, doc.Present, fileSpecOf([]byte("new\n"), `,"sensitive":true`)))
		told, err := h.outcome(c)
		if err != nil || told.Backups != nil || h.backupsOf() != "" {
			t.Errorf("%v, %v, kept: %q", told, err, h.backupsOf())
		}
		if _, err := (files{}).Undo(c, &doc.ChangeReport{}); err == nil || !strings.Contains(err.Error(), "sensitive") {
			t.Errorf("it can be taken back: %v", err)
		}
	})
}

// What another hand wrote since the plan was made is nobody's to destroy.
func TestWhatChangedMeanwhileStays(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		root := t.TempDir()
		p := filepath.Join(root, "p")
		write(t, p, "old\n", 0o644)
		update := h.mustPlan(resourceOf("file", p, doc.Present, fileSpecOf([]byte("new\n"), "")))
		gone := h.mustPlan(resourceOf("file", p, doc.Absent, `{}`))
		for _, keptAlready := range []bool{false, true} {
			write(t, p, "another's\n", 0o644)
			for _, c := range []doc.Change{update, gone} {
				if err := h.make(c); err == nil || err.Error() != "has been changed meanwhile" {
					t.Errorf("%s, kept already %t: error %v", c.Action, keptAlready, err)
				}
			}
			if got, _ := os.ReadFile(p); string(got) != "another's\n" {
				t.Fatalf("it is %q now", got)
			}
			noTemp(t, root)
			write(t, p, "old\n", 0o644)
			mustDo(t, h.make(update))
		}
	})
}

func TestStateFoldersAreOnesOwn(t *testing.T) {
	needRoot(t)
	onEachNamespace(t, func(t *testing.T, h *testHost, _ string) {
		h.mustRun(`mount -t tmpfs none /var/lib; mkdir /var/lib/hostkit /var/lib/hostkit/pending; chmod 0777 /var/lib/hostkit /var/lib/hostkit/pending`)
		if got := h.mustRun(`hk_make_state_folder pending && stat -c %a "$hk_state" "$hk_state/pending"`); got != "700\n700\n" {
			t.Errorf("their modes are %q", got)
		}
		got := h.mustRun(`chown 1 /var/lib/hostkit/pending; hk_make_state_folder pending 2>&1 || :`)
		if got != "/var/lib/hostkit/pending: it is not a folder of this user\n" {
			t.Errorf("of another's: %q", got)
		}
	})
}

// A step that can't keep what it would destroy destroys nothing.
func TestNoRoomForABackup(t *testing.T) {
	needRoot(t)
	onEachNamespace(t, func(t *testing.T, h *testHost, root string) {
		h.mustRun(`mount -t tmpfs -o size=64k none /var/lib`)
		p := filepath.Join(root, "p")
		old := strings.Repeat("old\n", 1<<16)
		write(t, p, old, 0o644)
		want := "a backup of it cannot be kept in /var/lib/hostkit: No space left on device"
		for _, c := range []doc.Change{
			h.mustPlan(resourceOf("file", p, doc.Present, fileSpecOf([]byte("new\n"), ""))),
			h.mustPlan(resourceOf("file", p, doc.Absent, `{}`)),
		} {
			if err := h.make(c); err == nil || err.Error() != want {
				t.Errorf("%s: error %v", c.Action, err)
			}
		}
		if got, _ := os.ReadFile(p); string(got) != old {
			t.Errorf("it has %d bytes now", len(got))
		}
		noTemp(t, root)
		if got := h.backupsOf(); got != "700\n" {
			t.Errorf("left: %q", got)
		}
	})
}

func TestBackupsAreBounded(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		p := filepath.Join(t.TempDir(), "p")
		write(t, p, "", 0o644)
		mustDo(t, os.Truncate(p, 64<<20+1))
		c := h.mustPlan(resourceOf("file", p, doc.Present, fileSpecOf([]byte("new\n"), "")))
		told, err := h.outcome(c)
		if err != nil || told.Backups != nil || told.Remarks[c.Address] != "no backup of the old content: it has more than 64 MiB" {
			t.Errorf("%v, %v", told, err)
		}
		// Sparse ones, the newest of them with the lowest name.
		h.mustRun(`hk_make_state_folder backups; cd "$hk_state/backups"; : >.new.left
for n in 1 2 3 4 5 6; do dd if=/dev/null of="$n" bs=1 seek=60000000 status=none; touch -d "2020-01-0$((7 - n))" "$n"; done
hk_prune_backups`)
		if got := h.mustRun(`hk_state_folder; cd "$hk_state/backups"; ls -A`); got != "1\n2\n3\n4\n" {
			t.Errorf("left: %q", got)
		}
	})
}

// A backup that is gone, or is no longer what it was, is not taken for the content.
func TestRestoreTakesNothingElse(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		root := t.TempDir()
		p := filepath.Join(root, "p")
		write(t, p, "old\n", 0o600)
		update := h.mustPlan(resourceOf("file", p, doc.Present, fileSpecOf([]byte("new\n"), "")))
		mustDo(t, h.make(update))
		back, err := files{}.Undo(update, &doc.ChangeReport{Backup: "kept"})
		mustDo(t, err)
		check, takes := files{}.Supplies(back[0], Site{})
		if !takes {
			t.Fatal("the way back takes nothing from the host")
		}
		for _, c := range []struct{ do, want string }{
			{`echo x >>"$hk_backup"`, "the backup of its content is damaged"},
			{`rm "$hk_backup"`, "the backup of its content is no longer on the host"},
		} {
			h.mustRun(`hk_has_backup "$1" || :; `+c.do, digestOf([]byte("old\n")).Hex())
			if err := h.make(back[0]); err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("%s: error %v, want %q", c.do, err, c.want)
			}
		}
		if err := check.Read(h.run(shell.Step{Script: check.Script})[0]); code(err) != "backup_gone" {
			t.Errorf("preflight says %v", err)
		}
		if got, _ := os.ReadFile(p); string(got) != "new\n" {
			t.Errorf("it is %q now", got)
		}
		noTemp(t, root)
	})
}

// A plan names a digest, so it can't have another file copied.
func TestABackupIsNoPath(t *testing.T) {
	for _, after := range []string{
		`"from_backup":true`,
		`"from_backup":true,"digest":"sha256:../../../../etc/shadow"`,
		fmt.Sprintf(`"from_backup":true,"digest":"%s","content":"x"`, digestOf([]byte("x"))),
	} {
		_, err := files{}.Steps([]doc.Change{{
			Address: "file:/etc/x", Kind: "file", Action: doc.Create,
			Before: doc.Attributes(`{"state":"absent"}`), After: doc.Attributes(`{"state":"present","type":"file",` + after + `}`),
		}}, Site{})
		if err == nil {
			t.Errorf("%s is taken", after)
		}
	}
}
