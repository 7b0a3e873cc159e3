package cli

import (
	"flag"
	"os"
)

// PackageLockVariable stands in for --package-lock.
const PackageLockVariable = "HOSTKIT_PACKAGE_LOCK"

// PackageLockFlag declares --package-lock.
func PackageLockFlag(fs *flag.FlagSet, path *string) {
	fs.StringVar(path, "package-lock", "", "take package names from the lock in `FILE` alone")
}

// ReadPackageLock gives the bytes of a lock. A file that can't be read is an input
// that is refused.
func ReadPackageLock(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err == nil {
		return raw, nil
	}
	refused := Refusef("no_lock", "package lock: %s", err).
		WithHint("write one with hk-resolve --write-package-lock %s", path)
	refused.Cause = err
	return nil, refused
}
