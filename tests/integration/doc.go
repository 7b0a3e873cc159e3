// Package integration takes a host through all that HostKit promises, with the real
// commands: plan with a package lock, review, apply, plan again, change, and the way
// back. It is one suite for whichever host: one of the lab, an Incus instance, or one
// of your own (`make integration`; examples/integration.md).
//
// Whether the host is what the config says is asked of goss and of Ansible, and
// whether it is left as it was found is seen by a list of what there is, made by a
// shell script over OpenSSH. Neither owes anything to HostKit's code.
//
// On the host all that is made lies in one folder, but for one small package: see
// target.sh. It is all taken away again however the suite ends. What even that can't
// do, since the connection or this process is gone, the next run does first.
package integration
