package transport_test

import (
	"io"
	"net"
)

// passOn passes one connection on to target and returns when it is over.
func passOn(listener net.Listener, target string) {
	from, err := listener.Accept()
	if err != nil {
		return
	}
	defer from.Close()
	to, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer to.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(to, from)
		to.Close()
	}()
	_, _ = io.Copy(from, to)
	from.Close()
	<-done
}
