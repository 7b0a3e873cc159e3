package e2e

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"hostkit/tests/archive"
	"hostkit/tests/binaries"
	"hostkit/tests/ownstate"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(peakVariable); file != "" {
		os.Exit(measure(file, os.Args[1:]))
	}
	os.Exit(ownstate.Run(func() int { return testAll(m) }))
}

func testAll(m *testing.M) int {
	flag.Parse()
	if err := boundRapid(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	status := m.Run()
	binaries.Remove()
	archive.Remove()
	if err := goleak.Find(); status == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	return status
}

// boundRapid sets what the command line does not. Each case of a property is
// eight logins and two looks at a whole host; rapid's 100 would take minutes. Its
// failure files would lie in the source, and a seed says as much.
func boundRapid() error {
	given := make(map[string]bool)
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for name, value := range map[string]string{"rapid.checks": "12", "rapid.nofailfile": "true"} {
		if given[name] {
			continue
		}
		if err := flag.Set(name, value); err != nil {
			return err
		}
	}
	return nil
}
