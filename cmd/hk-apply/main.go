// Command hk-apply makes exactly the difference that the plans on stdin say, or
// refuses and says what has moved.
package main

import "hostkit/pkg/cli"

func main() { cli.Exec(command()) }
