package resource

import (
	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
)

// Sweeper is a kind whose steps make things beside their place first, and when they
// are killed leave them there: [shell] has hk_sweep to remove them.
type Sweeper interface {
	Kind
	// Unfinished are the folders in which steps for the changes make things.
	Unfinished(cs []doc.Change) []string
}

func (files) Unfinished(cs []doc.Change) []string    { return foldersOf(cs) }
func (symlinks) Unfinished(cs []doc.Change) []string { return foldersOf(cs) }

// Unfinished also has the folders that go: one is removed only when it is empty.
func (directories) Unfinished(cs []doc.Change) []string {
	folders := foldersOf(cs)
	for _, c := range cs {
		if c.Action == doc.Delete {
			folders = append(folders, c.Address.Name())
		}
	}
	return folders
}

// Unfinished are the folders of the program, which may be downloaded.
func (mises) Unfinished(cs []doc.Change) []string { return foldersOf(cs) }

func (aptRepositories) Unfinished([]doc.Change) []string { return []string{manager.AptSourcesFolder} }

func (dnfRepositories) Unfinished([]doc.Change) []string {
	return []string{manager.DnfRepositoriesFolder, manager.RPMKeysFolder}
}

// foldersOf are the folders that the changes of paths are made in.
func foldersOf(cs []doc.Change) []string {
	var folders []string
	for _, change := range cs {
		if c, err := readPlace(change); err == nil {
			folders = append(folders, c.folder())
		}
	}
	return folders
}
