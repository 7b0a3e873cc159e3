package repology

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/renameio/v2"
)

// entry is what the cache keeps of an answer. One without repositories and
// projects says that Repology knows nothing of the kind.
type entry struct {
	// Key is what was asked: files are named by its hash.
	Key       string    `json:"key"`
	Confirmed time.Time `json:"confirmed"`
	ETag      string    `json:"etag,omitzero"`
	// Repositories has a project's records. They stay JSON until they are asked
	// for: a project is in a hundred repositories, and a host has one.
	Repositories map[string]jsontext.Value `json:"repositories,omitzero"`
	Projects     []string                  `json:"projects,omitzero"`
}

func (e entry) records(repository string) ([]Record, error) {
	raw, ok := e.Repositories[repository]
	if !ok {
		return nil, nil
	}
	var records []Record
	if err := json.Unmarshal(raw, &records); err != nil {
		return nil, &Error{code: "repology_cache", message: "the cache of Repology's answers has one that can't be read", hint: "remove the folder of the cache", cause: err, ofOne: true}
	}
	return records, nil
}

// cache is a folder, or "" for none, of files that are replaced whole, so that any number of
// processes may read and write it. A file begins with the hash of the rest: what
// a full disk or a person has cut is no answer.
type cache struct{ dir string }

const entryForm = "hostkit-repology/1 "

func (c cache) path(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(c.dir, hex.EncodeToString(sum[:16])+".answer")
}

func (c cache) read(key string) (entry, bool) {
	if c.dir == "" {
		return entry{}, false
	}
	f, err := os.Open(c.path(key))
	if err != nil {
		return entry{}, false
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, 2*bodyLimit))
	if err != nil {
		return entry{}, false
	}
	head, body, _ := strings.Cut(string(raw), "\n")
	if head != entryForm+digest(body) {
		return entry{}, false
	}
	var e entry
	err = json.Unmarshal([]byte(body), &e)
	return e, err == nil && e.Key == key
}

// trouble says, as the end of a sentence, why there is no answer to be had from
// the cache.
func (c cache) trouble(key string) string {
	if c.dir == "" {
		return "there is no cache of Repology without HOME or XDG_CACHE_HOME"
	}
	if _, err := os.ReadDir(c.dir); errors.Is(err, fs.ErrNotExist) {
		return "there is no cache of Repology in " + c.dir
	} else if err != nil {
		return "the cache of Repology can't be read: " + err.Error()
	}
	if _, err := os.ReadFile(c.path(key)); err == nil {
		return "the answer in the cache of Repology is damaged"
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "the cache of Repology can't be read: " + err.Error()
	}
	return "the cache of Repology has no answer"
}

func (c cache) write(key string, e entry) error {
	e.Key = key
	body, err := json.Marshal(e, json.Deterministic(true))
	if err != nil {
		return err
	}
	raw := entryForm + digest(string(body)) + "\n" + string(body)
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	return renameio.WriteFile(c.path(key), []byte(raw), 0o600)
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
