package transport_test

import (
	"strings"
	"testing"

	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

func TestOnlyAddressesOfTheFamilyAreTried(t *testing.T) {
	t.Parallel()
	target := targetOf(t, startServer(t, sshtest.Options{Password: thePassword}))
	target.AddressFamily = "inet"
	if err := reach(t.Context(), target, transport.Options{}); err != nil {
		t.Error(err)
	}
	target.AddressFamily = "inet6"
	err := failure[*transport.PhaseError](t, reach(t.Context(), target, transport.Options{}))
	if err.Phase != transport.PhaseResolve || !strings.Contains(err.Error(), "no address of the family inet6") || err.Exit() != 4 {
		t.Errorf("phase %q: %v", err.Phase, err)
	}
}
