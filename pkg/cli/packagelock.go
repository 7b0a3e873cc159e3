package cli

import (
	"errors"
	"flag"
	"io/fs"

	"hostkit/pkg/shell"
)

// PackageLockVariable stands in for --package-lock.
const PackageLockVariable = "HOSTKIT_PACKAGE_LOCK"

// PackageLockFlag declares --package-lock.
func PackageLockFlag(fs *flag.FlagSet, path *string) {
	fs.StringVar(path, "package-lock", "", "take package names from the lock in `FILE` alone")
}

// maxPackageLock is far more than a lock has, and less than a machine's memory:
// not every file that can be named ends.
const maxPackageLock = 64 << 20

// ReadPackageLock gives the bytes of a lock. A file that can't be read is an input
// that is refused.
func ReadPackageLock(path string) ([]byte, error) {
	raw, _, err := ReadBounded(path, maxPackageLock)
	if err == nil {
		return raw, nil
	}
	refused := Refusef("no_lock", "package lock: %s", FileFault(err))
	if refused.Hint = NearFile(path, err); refused.Hint == "" && errors.Is(err, fs.ErrNotExist) {
		refused = refused.WithHint("write one: hk-eval CONFIG | hk-facts | hk-resolve --write-package-lock %s", shell.Typed(path))
	}
	refused.Cause = err
	return nil, refused
}
