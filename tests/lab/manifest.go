package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// content names one state of a regular file's content. No program can set a
// ctime, so two files that agree in all four are the same, unchanged file.
type content struct {
	Inode uint64
	Size  int64
	Mtime int64 // nanoseconds since the epoch, as Ctime
	Ctime int64
}

func contentOf(st *syscall.Stat_t) content {
	return content{Inode: st.Ino, Size: st.Size, Mtime: st.Mtim.Nano(), Ctime: st.Ctim.Nano()}
}

// manifestEntry is one regular file of the base's layers. Overlayfs shows a
// file that was not written to with the inode number and times of the layer's.
type manifestEntry struct {
	content
	SHA256 string
}

func writeManifest(b base) error {
	var entries []manifestEntry
	layers := append(b.layers(someIndex), b.layers(wholeIndex)...)
	slices.Sort(layers)
	for _, layer := range slices.Compact(layers) {
		err := filepath.WalkDir(layer, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			fi, err := d.Info()
			if err != nil {
				return err
			}
			sum, err := hashFile(path)
			if err != nil {
				return err
			}
			entries = append(entries, manifestEntry{contentOf(fi.Sys().(*syscall.Stat_t)), sum})
			return nil
		})
		if err != nil {
			return err
		}
	}
	text, err := json.Marshal(entries)
	if err != nil {
		return err
	}
	return os.WriteFile(b.manifest(), text, 0o600)
}

func readManifest(b base) (map[content]string, error) {
	text, err := os.ReadFile(b.manifest())
	if err != nil {
		return nil, err
	}
	var entries []manifestEntry
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, err
	}
	sums := make(map[content]string, len(entries))
	for _, e := range entries {
		sums[e.content] = e.SHA256
	}
	return sums, nil
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
