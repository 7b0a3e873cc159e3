package cut

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"hostkit/tests/archive"
	"hostkit/tests/binaries"
)

func TestMain(m *testing.M) {
	status := m.Run()
	if err := removeGround(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	binaries.Remove()
	archive.Remove()
	if err := goleak.Find(); status == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}
