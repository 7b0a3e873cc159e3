package apply_test

import (
	"os"
	"testing"

	"hostkit/tests/ownstate"
)

func TestMain(m *testing.M) { os.Exit(ownstate.Run(m.Run)) }
