// Command hk-facts logs in to the hosts of the documents on stdin, once each,
// and adds what they are now. It changes nothing on them.
package main

import "hostkit/pkg/cli"

func main() { cli.Exec(command()) }
