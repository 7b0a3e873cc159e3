// Package connect proves that hk-facts and hk-apply reach a host whichever way
// its owner reaches it, or refuse with words of their own.
//
// The real binaries log in to the OpenSSH of lab hosts: a target and two bastions
// before it. A cell is one value of each axis (axes_test.go): how to log in, what
// is known of the host's key, how many hosts to go through, and as whom to work.
// What must become of a cell follows from its values by one rule: it is refused
// as the value says that refuses first, in the order credentials, host key,
// login, privilege, and the way to the host changes nothing. A cell in which
// none refuses gives whole facts, seen by the very user that its privilege names.
//
// Each two values of two axes meet in a cell that one of them decides, or that
// comes through: some two hundred cells. All five thousand take minutes:
//
//	go test ./tests/connect -run EveryCell -args -whole
//
// One document is one cell and one run of hk-facts takes hundreds of them: that
// is how it is used, and lets the matrix prove what hosts of a run share.
package connect
