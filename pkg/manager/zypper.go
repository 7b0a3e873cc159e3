package manager

import (
	"strings"

	"hostkit/pkg/shell"
)

// Zypper is the package manager of openSUSE and SUSE Linux Enterprise: zypper(8),
// over libzypp and rpm(8). Tried with zypper 1.14.42, libzypp 17.25 and rpm 4.18.
//
// A transaction follows the host's own configuration where that is a matter of
// taste: recommended packages come along, locks and vendors hold. What zypper
// would ask a person about (a licence, a key, a conflict) is refused.
type Zypper struct{}

// Name is "zypper".
func (Zypper) Name() string { return "zypper" }

// Program is zypper.
func (Zypper) Program() string { return "zypper" }

// Families are those of openSUSE and SLE.
func (Zypper) Families() []string {
	return []string{"opensuse-leap", "opensuse-tumbleweed", "opensuse", "suse", "sles"}
}

// CanHold is true: a held package is one with a lock (zypper(8), "Package Lock
// Management").
func (Zypper) CanHold() bool { return true }

// ReleaseCommand is zypper removelock.
func (Zypper) ReleaseCommand(held ...string) string {
	return "zypper removelock " + strings.Join(held, " ")
}

// RefreshCommand is zypper refresh.
func (Zypper) RefreshCommand() string { return "zypper refresh" }

// CompareVersions orders two versions as rpm does, and with it libzypp.
func (Zypper) CompareVersions(a, b string) int { return compareRPMVersions(a, b) }

// Installed asks rpm, and reads the file of the locks.
func (Zypper) Installed() shell.Script { return shell.New(zypperInstalled) }

// Index asks zypper search for the metadata in its cache, of whatever age, and
// once more for the providers of the names that no package has.
func (Zypper) Index(asks []Ask) shell.Script {
	return shell.New(zypperIndex, askWords(asks)...)
}

// Refresh fetches the metadata of every enabled repository that has changed. A
// key that the host does not trust yet is not imported.
func (Zypper) Refresh() shell.Script {
	return shell.New(zypperRefresh, lockSeconds)
}

// Preview has zypper solve the transaction. Where that can't be done without
// removing something, it solves it so that what would go can be named.
func (Zypper) Preview(t Transaction) shell.Script {
	return shell.New(zypperPreview, zypperWords(t)...)
}

// Commit makes the transaction from the metadata in the cache: what was
// previewed is done. zypper has no way to forbid it a removal, such as that of
// what a package makes obsolete, so it is asked what it would do right before it
// does it; who changes packages in between, where nobody has the lock, is not
// kept from doing so. All packages are fetched before the first is changed.
//
// When it was killed in the middle, a package may be there in two versions.
// Installed calls it "duplicated", and the next transaction that installs it
// takes the old one off.
func (Zypper) Commit(t Transaction) shell.Script {
	return shell.New(zypperCommit, append([]string{lockSeconds}, zypperWords(t)...)...)
}

// zypperWords spells a transaction for zypperArguments.
func zypperWords(t Transaction) []string {
	var words []string
	for _, want := range t.Install {
		word := string(want.Name)
		if want.Version != "" {
			word += "=" + string(want.Version)
		}
		words = append(words, word)
	}
	for _, more := range []struct {
		sign  string
		names []Name
	}{{"!", t.Remove}, {"-", t.Release}, {"@", t.Hold}} {
		for _, name := range more.names {
			words = append(words, more.sign+string(name))
		}
	}
	return words
}
