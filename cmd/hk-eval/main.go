// Hk-eval turns a config into one document per host.
package main

import "hostkit/pkg/cli"

func main() { cli.Exec(command()) }
