package suggest

import (
	"os"
	"path/filepath"
	"strings"
)

// mostEntries bounds how much of a folder is looked at.
const mostEntries = 1000

// File returns the name of the file that was probably meant by one that is not there:
// one beside it whose name is near. It reads the folder and opens no file.
func File(path string) (string, bool) {
	folder, name := filepath.Split(path)
	dir, err := os.Open(filepath.Clean(folder)) // of "" it makes "."
	if err != nil {
		return "", false
	}
	defer dir.Close()
	// What was read before an error counts.
	entries, _ := dir.ReadDir(mostEntries)
	known := map[string]bool{}
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			known[entry.Name()] = true
		}
	}
	near, ok := nearestFile(name, Sorted(known))
	return folder + near, ok
}

// nearestFile counts the letters before the ending alone: that two names end in .json
// makes them no more alike. One that has another ending and is the same otherwise is
// the nearest of all.
func nearestFile(name string, known []string) (string, bool) {
	stem := strings.TrimSuffix(name, filepath.Ext(name))
	for _, k := range known {
		if stem != "" && k != name && strings.TrimSuffix(k, filepath.Ext(k)) == stem {
			return k, true
		}
	}
	return nearest(name, known, bound(stem))
}
