// Package imports proves what the layout promises: which package may import
// which, and what a command does not even contain.
//
// Who may start processes, and that no shell text is built outside of pkg/shell,
// is proven there.
package imports
