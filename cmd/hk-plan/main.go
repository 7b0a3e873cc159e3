// Command hk-plan writes down the exact difference between what a host is and
// what it should be. It never touches the network, a process or a secret.
package main

import "hostkit/pkg/cli"

func main() { cli.Exec(command()) }
