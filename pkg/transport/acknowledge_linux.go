package transport

import (
	"net"
	"syscall"
)

// acknowledge has what was read acknowledged at once. sshd switches Nagle's algorithm
// off no sooner than a command is asked for: until then it holds a small packet back
// while the one before is not acknowledged, which Linux puts off for 40 ms where
// nothing is sent along with it. The setting does not last (tcp(7), TCP_QUICKACK).
func acknowledge(conn net.Conn) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	if raw, err := tcp.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
		})
	}
}
