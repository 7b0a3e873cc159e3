// Package become proves on real hosts that HostKit becomes another user there
// with the host's own sudo and doas, that each way to be refused is told apart,
// that a wrong password is one attempt, and that a password is seen by nobody:
// in no command line, environment, file or log.
//
// sudo-rs is not in Debian 12. What it says is in transport's tables from its
// source, and was not tried.
package become
