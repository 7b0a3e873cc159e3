// Command hk-down makes the plan that takes a plan or a report back. It never
// touches the network, a process or a secret.
package main

import "hostkit/pkg/cli"

func main() { cli.Exec(command()) }
