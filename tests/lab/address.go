package lab

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
)

// Port is the port every host's sshd listens on.
const Port = 2222

// reserveAddress finds a loopback address that no other host uses, and keeps it
// reserved until the returned listener is closed or this process ends.
func reserveAddress() (netip.Addr, net.Listener, error) {
	for range 1000 {
		// 127.0.0.x and 127.0.1.x belong to the machine (resolvers, its own name).
		addr := netip.AddrFrom4([4]byte{127, byte(64 + rand.N(128)), byte(rand.N(256)), byte(1 + rand.N(254))})
		name := &net.UnixAddr{Net: "unix", Name: "@hostkit-lab/" + addr.String()}
		reserved, err := net.ListenUnix("unix", name)
		if err != nil {
			continue
		}
		probe, err := net.Listen("tcp4", netip.AddrPortFrom(addr, Port).String())
		if err != nil {
			_ = reserved.Close()
			continue
		}
		if err := probe.Close(); err != nil {
			return netip.Addr{}, nil, errors.Join(fmt.Errorf("probe %s: %w", addr, err), reserved.Close())
		}
		return addr, reserved, nil
	}
	return netip.Addr{}, nil, errors.New("no free loopback address in 1000 tries")
}
