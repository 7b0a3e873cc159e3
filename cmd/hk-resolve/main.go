// Command hk-resolve adds to the host documents on stdin what their
// distributions call the packages, and keeps a lock of it.
package main

import "hostkit/pkg/cli"

func main() { cli.Exec(command()) }
