package e2e

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"hostkit/tests/binaries"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(peakVariable); file != "" {
		os.Exit(measure(file, os.Args[1:]))
	}
	flag.Parse()
	// Each case of the property is eight logins and two looks at a whole host;
	// rapid's default of 100 would take minutes. A flag given wins.
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", "12"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	status := m.Run()
	binaries.Remove()
	removeRepository()
	if err := goleak.Find(); status == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}
