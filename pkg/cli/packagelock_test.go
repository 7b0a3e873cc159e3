package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Not every file ends.
func TestReadPackageLockIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, maxPackageLock); err != nil {
		t.Fatal(err)
	}
	if raw, err := ReadPackageLock(path); err != nil || len(raw) != maxPackageLock {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
	_, err := ReadPackageLock("/dev/zero")
	if err == nil || !strings.Contains(err.Error(), "package lock: /dev/zero is larger than 64 MiB") {
		t.Errorf("/dev/zero: %v", err)
	}
}
