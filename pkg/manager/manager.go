// Package manager drives the package managers of hosts: one file per manager.
//
// A manager knows script text and how to read what the real program answers; it
// runs nothing. Names are parsed to [Name] before they reach a command line,
// since managers take much more than names there: apt reads "sudo-" as a
// removal and "tre.$" as a pattern.
package manager

import "hostkit/pkg/shell"

// Manager is one package manager.
type Manager interface {
	// Name is "apt", ….
	Name() string
	// Program is the command whose presence says that the host has the manager.
	Program() string
	// ParseName refuses what the manager would not take as exactly one name.
	ParseName(s string) (Name, error)
	// ParseVersion refuses what the manager would not take as exactly one
	// version.
	ParseVersion(s string) (Version, error)

	// Installed lists every installed package; where the manager is not on the
	// host the script prints nothing and exits with NotHere.
	Installed() shell.Script
	// ReadInstalled returns the version by name; a package of a foreign
	// architecture is "name:arch".
	ReadInstalled(r shell.Result) (map[string]string, error)

	// Index tells whether there is a package index, and asks it about names,
	// with the manager's caches off: nothing on the host is written.
	Index(names []Name) shell.Script
	// ReadIndex returns the candidate version by name; "" for a name that the
	// index does not have. A virtual name counts as not had.
	ReadIndex(names []Name, r shell.Result) (present bool, available map[string]string, err error)
	// Refresh fetches the package index.
	Refresh() shell.Script

	// Preview plays the transaction through and changes nothing.
	Preview(t Transaction) shell.Script
	// ReadPreview returns what the transaction would do.
	ReadPreview(r shell.Result) (Effect, error)
	// Commit makes the transaction: non-interactive, waiting for the manager's
	// lock.
	Commit(t Transaction) shell.Script
	// Explain turns a failed Refresh, Preview or Commit into an error that says
	// what went wrong in one line; nil when the result is a success.
	Explain(r shell.Result) error
}

// NotHere is the exit status of a script for a manager that the host lacks.
const NotHere = 69

// Name is a package name that was parsed by its manager.
type Name string

// Version is a package version that was parsed by its manager.
type Version string

// Want is a package to install, at a version or, when that is empty, at the
// candidate.
type Want struct {
	Name    Name
	Version Version
}

// Transaction is everything that one run of the manager does.
type Transaction struct {
	Install []Want
	Remove  []Name
}

// Effect is what a transaction does to the host.
type Effect struct {
	Installs, Upgrades, Downgrades, Removes []Package
}

// Package is a package in an Effect. Version is the one it ends with (empty for
// a removal), From the one it had (empty for an install).
type Package struct {
	Name, Version, From string
}

// All is every manager we know, in the order in which a host is asked.
var All = []Manager{}

// ByName returns the manager of that name.
func ByName(name string) (Manager, bool) {
	for _, m := range All {
		if m.Name() == name {
			return m, true
		}
	}
	return nil, false
}
