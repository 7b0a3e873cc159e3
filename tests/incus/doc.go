// Package incus tests scripts/incus_integration_vm.sh: with a real LXD in a lab host,
// and, for what that can't show, with a script that answers as a client does.
//
// What the client answers is recorded in testdata: the real one and the script are
// both held to it.
package incus
