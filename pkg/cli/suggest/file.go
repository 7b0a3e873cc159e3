package suggest

import (
	"os"
	"path/filepath"
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
	near, ok := Nearest(name, Sorted(known))
	return folder + near, ok
}
