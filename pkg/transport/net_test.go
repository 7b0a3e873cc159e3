package transport_test

import (
	"io"
	"net"
	"os"
	"strconv"
	"strings"
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

// processState is the state letter of proc_pid_stat(5).
func processState(pid int) string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "Z"
	}
	// The name before it is in parentheses and may hold anything.
	_, rest, _ := strings.Cut(string(text), ") ")
	return rest[:1]
}
