// Package manager drives the package managers of hosts: one file per manager.
//
// A manager knows script text and how to read what the real program answers; it
// runs nothing. Names are parsed to [Name] before they reach a command line,
// since managers take much more than names there: apt reads "sudo-" as a
// removal and "tre.$" as a pattern.
package manager

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/shell"
)

// Manager is one package manager.
type Manager interface {
	// Name is "apt", ….
	Name() string
	// Program is the command whose presence says that the host has the manager.
	Program() string
	// Families are the IDs of os-release(5) whose own manager it is; what descends
	// from them names them in ID_LIKE.
	Families() []string
	// ParseName refuses what the manager would not take as exactly one name.
	ParseName(s string) (Name, error)
	// ParseVersion refuses what the manager would not take as exactly one
	// version.
	ParseVersion(s string) (Version, error)
	// CompareVersions orders two versions of a package as the manager does; it is
	// negative where a is the older one.
	CompareVersions(a, b string) int

	// Installed lists every installed package; where the manager is not on the
	// host the script prints nothing and exits with NotHere.
	Installed() shell.Script
	// ReadInstalled reads the result of Installed.
	ReadInstalled(r shell.Result) (Inventory, error)

	// Index tells whether there is a package index, and asks it, with the
	// manager's caches off: nothing on the host is written. An index costs the
	// host half a second of CPU to read, so it is asked only when one of the
	// asks is not fulfilled already. NotHere as for Installed.
	Index(asks []Ask) shell.Script
	// ReadIndex reads the result of Index with the same asks.
	ReadIndex(asks []Ask, r shell.Result) (Index, error)

	// Refresh fetches the package index.
	Refresh() shell.Script
	// ReadRefresh returns a *Failure when the index was not fetched, wholly.
	ReadRefresh(r shell.Result) error

	// RefreshCommand is what a person types on the host to the same end.
	RefreshCommand() string

	// CanHold says that the manager can keep a package from being changed by
	// whoever upgrades the host. Without it Transaction.Hold and Release are empty,
	// and Inventory.Held is nil.
	CanHold() bool
	// ReleaseCommand is what a person types on the host so that packages are held no
	// more; empty where CanHold is false.
	ReleaseCommand(held ...string) string

	// Preview plays the transaction through and changes nothing.
	Preview(t Transaction) shell.Script
	// ReadPreview returns what the transaction would do, or a *Failure: also where
	// the manager would install something else in place of a package.
	ReadPreview(t Transaction, r shell.Result) (Effect, error)

	// Commit makes the transaction: non-interactive, waiting for the manager's
	// lock. A transaction that removes nothing is made so that the manager
	// can't remove, and one that pins no version so that it can't downgrade.
	Commit(t Transaction) shell.Script
	// ReadCommit returns what has changed on the host, also when the error, a
	// *Failure, says that the transaction was not completed.
	ReadCommit(r shell.Result) (Effect, error)
}

// NotHere is the exit status of a script for a manager that the host lacks.
const NotHere = 69

// Name is a package name that was parsed by its manager.
type Name string

// Version is a package version that was parsed by its manager.
type Version string

// Inventory is what is installed, by the manager's names. A package of a foreign
// architecture is "name:arch".
type Inventory struct {
	// Versions has the packages that are wholly installed.
	Versions map[string]string
	// Broken has the state, in the manager's own word, of packages that are
	// there but not wholly: unpacked and never configured, for example.
	Broken map[string]string
	// Held has the names that the host's administrator keeps as they are, also of
	// packages that are not there.
	Held map[string]bool
}

// Ask is one package that is wanted and the names that it may have; a Version
// is one it must have. It is fulfilled when one of the names is installed, at
// the Version; but never when the Latest is wanted, which the index alone knows.
type Ask struct {
	Names   []Name
	Version Version
	Latest  bool
}

// Index is what a package index answered.
type Index struct {
	// Present says that there is an index at all.
	Present bool
	// Fetched is when the whole index was last fetched, by the host's clock, as a
	// decimal number of seconds since 1970: "0" where nobody has noted it, and empty
	// where the manager can't tell. It grows with every Refresh that had all.
	Fetched string
	// Candidates has, for the names that the index was asked about, the version
	// that would be installed; "" for a name that it does not have. It is empty
	// where nothing was asked.
	Candidates map[string]string
	// Versions has all versions of the names that were asked for at one.
	Versions map[string][]string
	// Providers has, for a name that only others provide, their names.
	Providers map[string][]string
	// Groups has, for a name that is one of a group of packages, its members.
	Groups map[string][]string
}

// Want is a package to install, at a version or, when that is empty, at the
// candidate.
type Want struct {
	Name    Name
	Version Version
}

// Transaction is everything that one run of the manager does: it lets go of
// what is to be released, installs and removes, and then holds what is to be
// held. A held package that is in Install and not in Release is refused.
type Transaction struct {
	Install []Want
	Remove  []Name
	// Hold and Release name packages that are installed, or are in Install.
	Hold, Release []Name
	// Resume says that an earlier run of it was cut off: what that has left
	// unfinished is finished first, of whatever package.
	Resume bool
}

// Again lists what is released only to be held again.
func (t Transaction) Again() []Name {
	var both []Name
	for _, name := range t.Release {
		if slices.Contains(t.Hold, name) {
			both = append(both, name)
		}
	}
	return both
}

// pins reports whether a version is asked for, which may be a lower one.
func (t Transaction) pins() bool {
	for _, want := range t.Install {
		if want.Version != "" {
			return true
		}
	}
	return false
}

// Effect is what a transaction does to the host.
type Effect struct {
	Installs, Upgrades, Downgrades, Removes []Package
	// Instead are those of Installs which only come since something is removed, as
	// another provider of what others depend on. A manager need not tell them of a
	// transaction that installs nothing itself: there all of Installs are.
	Instead []Package
}

// sort puts each list in the order of names.
func (e Effect) sort() {
	for _, list := range [][]Package{e.Installs, e.Upgrades, e.Downgrades, e.Removes} {
		slices.SortFunc(list, func(a, b Package) int { return cmp.Compare(a.Name, b.Name) })
	}
}

// Package is a package in an Effect. Version is the one it ends with (empty for
// a removal), From the one it had (empty for an install). State is the manager's
// own word for a package that was left not wholly installed.
type Package struct {
	Name, Version, From, State string
}

// Failure is a manager's refusal in one line.
type Failure struct {
	// Code is a stable word for programs: "not_available", "locked",
	// "unreachable", …; "failed" where the reason is not known to us.
	Code    string
	Message string
	Hint    string
}

func (f *Failure) Error() string { return f.Message }

// What stands behind the advice to fetch the index anew.
const (
	orName    = "; is the name right?"
	orVersion = ", or give another version"
)

// AfterFetch is the failure where the plan itself has fetched the index before: it
// is no more advised to do so because the index may be old.
func (f *Failure) AfterFetch() *Failure {
	const fetched = "the index was fetched by this plan"
	told := *f
	switch {
	case f.Code == "not_available" && strings.HasSuffix(f.Hint, orName):
		told.Hint = "is the name right? " + fetched
	case f.Code == "version_not_available" && strings.HasSuffix(f.Hint, orVersion):
		told.Hint = "give another version: " + fetched
	case f.Code == "index_stale":
		told.Hint = fetched + ", and the repository changes or is not in order: make the plan again later"
	}
	return &told
}

// ReportedError is a failure of a script that answers in a form made for programs:
// Said is what the manager itself wrote, for people, and may be empty.
type ReportedError struct {
	Err  error
	Said string
}

func (e *ReportedError) Error() string { return e.Err.Error() }

// Unwrap gives the failure.
func (e *ReportedError) Unwrap() error { return e.Err }

// GroupFailure is the refusal of a name that is one of a group of packages: what is
// in it changes with the index, so a config names the packages.
func GroupFailure(name string, members []string) *Failure {
	return &Failure{
		Code: "not_available", Message: fmt.Sprintf("%s is no package, but a group of packages: %s", name, strings.Join(members, ", ")),
		Hint: "declare those of them that are wanted",
	}
}

// All is every manager we know, in the order in which a host is asked.
var All = []Manager{Apt{}, Dnf{}, Zypper{}, Pacman{}, Apk{}}

// Of chooses among the managers whose programs a host has the one that its
// distribution lives by, since Debian has a package dnf and Fedora one of apt.
// The ids are those of os-release(5), ID before ID_LIKE. A host of no family that
// we know has the first; one without any program has none.
func Of(programs, ids []string) (Manager, bool) {
	var there []Manager
	for _, m := range All {
		if slices.Contains(programs, m.Program()) {
			there = append(there, m)
		}
	}
	for _, id := range ids {
		for _, m := range there {
			if slices.Contains(m.Families(), id) {
				return m, true
			}
		}
	}
	if len(there) == 0 {
		return nil, false
	}
	return there[0], true
}

// ByName returns the manager of that name.
func ByName(name string) (Manager, bool) {
	for _, m := range All {
		if m.Name() == name {
			return m, true
		}
	}
	return nil, false
}
