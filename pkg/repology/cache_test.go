package repology_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hostkit/pkg/repology"
	"hostkit/pkg/repology/repologytest"
)

func TestCacheConfirmsWhatIsTooOld(t *testing.T) {
	s := server(t)
	o := options(t, s.URL)
	o.TTL = 0
	for range 2 {
		if got, err := project(t, o, "postgresql", "debian_12"); err != nil || len(got.Records) != 1 || !got.Stale.IsZero() {
			t.Errorf("%v, %v", got, err)
		}
	}
	asked := s.Requests()
	if len(asked) != 2 || asked[1].Status != 304 || asked[1].IfNoneMatch == "" {
		t.Errorf("%+v", asked)
	}
	// What has changed is taken.
	s.Project("postgresql", repologytest.Record{Repo: "debian_12", SrcName: "new", Version: "2"})
	if got, err := project(t, o, "postgresql", "debian_12"); err != nil || len(got.Records) != 2 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestCacheStandsInForAServerInTrouble(t *testing.T) {
	s := server(t)
	o := options(t, s.URL)
	for _, name := range []string{"postgresql", "none"} {
		if _, err := project(t, o, name, "debian_12"); err != nil {
			t.Fatal(err)
		}
	}
	o.TTL = 0
	var said []string
	o.Say = func(format string, args ...any) { said = append(said, args[0].(string)) }
	s.Close()
	client := repology.New(o)
	for name, records := range map[string]int{"postgresql": 1, "none": 0} {
		got, err := client.Project(t.Context(), name, "debian_12")
		if err != nil || len(got.Records) != records || got.Stale.IsZero() {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if len(said) != 1 || !strings.Contains(said[0], "connection refused: older answers of the cache stand in") {
		t.Errorf("%q", said)
	}
	if _, err := client.Project(t.Context(), "other"); err == nil {
		t.Error("the cache has no answer for it")
	}
}

func TestOfflineIsTheCacheAlone(t *testing.T) {
	s := server(t)
	o := options(t, s.URL)
	if _, err := project(t, o, "postgresql", "debian_12"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	o.Offline = true
	if got, err := project(t, o, "postgresql", "debian_12"); err != nil || len(got.Records) != 1 || !got.Stale.IsZero() {
		t.Errorf("%v, %v", got, err)
	}
	o.TTL = 0
	if got, err := project(t, o, "postgresql", "debian_12"); err != nil || len(got.Records) != 1 || got.Stale.IsZero() {
		t.Errorf("%v, %v", got, err)
	}
	o.Cache = filepath.Join(o.Cache, "not", "there")
	if _, err := project(t, o, "postgresql", "debian_12"); !errors.Is(err, repology.ErrNotCached) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(o.Cache); err == nil {
		t.Error("offline made a folder")
	}
}

// A disk that was full, a person with an editor, a file of another name.
func TestSpoiltEntriesAreMisses(t *testing.T) {
	s := server(t)
	o := options(t, s.URL)
	for name, change := range map[string]func([]byte) []byte{
		"cut":     func(raw []byte) []byte { return raw[:len(raw)/2] },
		"empty":   func([]byte) []byte { return nil },
		"a bit":   func(raw []byte) []byte { raw[len(raw)-9] ^= 1; return raw },
		"altered": func(raw []byte) []byte { return bytes.Replace(raw, []byte("libpq-dev"), []byte("evil-dev"), 1) },
		"other":   func(raw []byte) []byte { return append([]byte("hostkit-repology/2"), raw[18:]...) },
	} {
		if _, err := project(t, o, "postgresql"); err != nil {
			t.Fatal(err)
		}
		before := len(s.Requests())
		rewrite(t, files(t, o.Cache, "*.answer")[0], change)
		got, err := project(t, o, "postgresql", "debian_12")
		if err != nil || len(got.Records) != 1 || got.Records[0].BinNames[1] != "libpq-dev" || len(s.Requests()) != before+1 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestSpoiltPaceOnlyWaits(t *testing.T) {
	s := server(t)
	o := options(t, s.URL)
	o.Pace = o.Cache
	for i, text := range []string{"nonsense", "9999-01-01T00:00:00.000000000Z", "2001"} {
		if _, err := project(t, o, "before"+strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
		rewrite(t, files(t, o.Pace, "*.pace")[0], func([]byte) []byte { return []byte(text) })
		if _, err := project(t, o, "after"+strconv.Itoa(i)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A process that was stopped in its turn holds the lock for good.
func TestAHolderWithoutASignOfLifeIsNamed(t *testing.T) {
	o := options(t, "http://127.0.0.1:1")
	o.Pace = o.Cache
	end, err := repology.TakeTurn(t.Context(), o, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	_, err = repology.TakeTurn(t.Context(), o, short)
	var held *repology.Error
	if !errors.As(err, &held) || held.Code() != "repology_busy" || !strings.Contains(held.Error(), o.Cache) {
		t.Errorf("%v", err)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
	if end, err = repology.TakeTurn(t.Context(), o, time.Hour); err != nil || end() != nil {
		t.Errorf("after it: %v", err)
	}
}

func TestNoCacheNoRequest(t *testing.T) {
	s := server(t)
	o := options(t, s.URL)
	file := filepath.Join(o.Cache, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o.Cache = filepath.Join(file, "cache")
	o.Pace = ""
	var refused *repology.Error
	if _, err := project(t, o, "postgresql"); !errors.As(err, &refused) || refused.Code() != "repology_cache" || len(s.Requests()) != 0 {
		t.Errorf("%v, %v", err, s.Requests())
	}
	// With a place to keep the pace, names are found all the same, and that is
	// said once.
	said := 0
	o.Pace, o.Say = turns, func(string, ...any) { said++ }
	client := repology.New(o)
	for _, name := range []string{"postgresql", "none"} {
		if _, err := client.Project(t.Context(), name); err != nil {
			t.Error(err)
		}
	}
	if said != 1 {
		t.Errorf("said %d times", said)
	}
}

func TestManyMayReadAndWriteTheCache(t *testing.T) {
	s := server(t)
	o := options(t, s.URL)
	o.TTL = 0
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := repology.New(o).Project(t.Context(), "postgresql", "debian_12"); err != nil || len(got.Records) != 1 {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
	all.Wait()
	if n := len(files(t, o.Cache, "*")); n != 1 {
		t.Errorf("%d files: %q", n, files(t, o.Cache, "*"))
	}
}
