package sshtest

import (
	"io"
	"net"
	"strconv"

	"golang.org/x/crypto/ssh"
)

// Loopback is an [Options].Forward that takes addresses of loopback as they are,
// and forbids all others.
func Loopback(address string) string {
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "localhost" || ip != nil && ip.IsLoopback()) {
		return address
	}
	return ""
}

// forward serves a channel of the type direct-tcpip (RFC 4254, section 7.2), with
// the words and reasons of OpenSSH.
func (s *Server) forward(client *faultyConn, request ssh.NewChannel) {
	var to struct {
		Host       string
		Port       uint32
		Originator string
		From       uint32
	}
	if err := ssh.Unmarshal(request.ExtraData(), &to); err != nil {
		_ = request.Reject(ssh.ConnectionFailed, "open failed")
		return
	}
	address := net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port)))
	s.mu.Lock()
	s.forwarded = append(s.forwarded, address)
	s.mu.Unlock()
	if s.options.Forward != nil {
		address = s.options.Forward(address)
	}
	if s.options.Forward == nil || address == "" {
		_ = request.Reject(ssh.Prohibited, "open failed")
		return
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		_ = request.Reject(ssh.ConnectionFailed, "Connection refused")
		return
	}
	defer conn.Close()
	channel, requests, err := request.Accept()
	if err != nil {
		return
	}
	defer channel.Close()
	s.running.Go(func() { ssh.DiscardRequests(requests) })
	// Who waits for the other side is freed when this one is gone.
	ended := make(chan struct{})
	defer close(ended)
	s.running.Go(func() {
		select {
		case <-client.closed:
		case <-ended:
		}
		conn.Close()
	})
	s.running.Go(func() {
		_, _ = io.Copy(conn, channel)
		_ = conn.(*net.TCPConn).CloseWrite()
	})
	_, _ = io.Copy(channel, conn)
}
