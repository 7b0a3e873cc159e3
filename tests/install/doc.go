// Package install installs HostKit in each way that there is, as a user would, and
// takes it away again.
package install
