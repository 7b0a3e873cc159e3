package reference

import "slices"

// Commands are all of them, in the order of the pipeline.
var Commands = []string{"hk-eval", "hk-facts", "hk-resolve", "hk-plan", "hk-show", "hk-apply", "hk-down"}

// overviews are the pages that are about no one command.
var overviews = []string{"hostkit-config(5)", "hostkit(7)", "hostkit-errors(7)"}

// seeAlso are the pages beside the one of this name, in the order of mdoc: by
// section, then by name.
func seeAlso(name string) []string {
	var pages []string
	for _, command := range Commands {
		if command != name {
			pages = append(pages, command+"(1)")
		}
	}
	slices.Sort(pages)
	for _, p := range overviews {
		if p[:len(p)-3] != name {
			pages = append(pages, p)
		}
	}
	return pages
}
