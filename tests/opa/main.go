// Command opa is `opa eval` of the Open Policy Agent, as far as examples/gates.md
// types it, on OPA's own engine and loader. The whole of OPA, with its server,
// takes twice as long to compile; what the page shows was seen with it as well.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/open-policy-agent/opa/v1/rego"
)

// errUndefined is the answer to a query that has none. OPA says nothing about it.
var errUndefined = errors.New("undefined")

func main() {
	err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout)
	if err != nil && !errors.Is(err, errUndefined) {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil {
		os.Exit(1)
	}
}

// run evaluates a query with the document on stdin as its input.
func run(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	if len(args) == 0 || args[0] != "eval" {
		return errors.New("this opa has the subcommand eval alone")
	}
	flags := flag.NewFlagSet("opa eval", flag.ContinueOnError)
	data := flags.String("data", "", "policies, a file or a folder")
	format := flags.String("format", "", "raw")
	fail := flags.Bool("fail", false, "fail where the result is undefined")
	input := flags.Bool("stdin-input", false, "read the input from stdin")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if *format != "raw" || !*input || !*fail || flags.NArg() != 1 {
		return errors.New("this opa wants --fail, --stdin-input, --format raw and one query")
	}
	var document any
	decoder := json.NewDecoder(stdin)
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return err
	}
	results, err := rego.New(
		rego.Query(flags.Arg(0)), rego.Load([]string{*data}, nil), rego.Input(document),
	).Eval(ctx)
	if err != nil {
		return err
	}
	if len(results) == 0 {
		return errUndefined
	}
	value, err := json.Marshal(results[0].Expressions[0].Value)
	if err != nil {
		return err
	}
	_, err = stdout.Write(value)
	return err
}
