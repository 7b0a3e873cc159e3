package transport_test

import (
	"net"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"hostkit/pkg/secret"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// serve serves logins as config says, for what sshtest can't be told. use, which
// may be nil, is called with each connection that has logged in. The target has
// thePassword.
func serve(t *testing.T, config *ssh.ServerConfig, use func(*ssh.ServerConn)) transport.Target {
	t.Helper()
	hostKey := newKey(t)
	config.AddHostKey(hostKey.signer)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { serveLogin(conn, config, use) })
		}
	})
	t.Cleanup(func() { listener.Close(); running.Wait() })
	target := targetAt(t, listener.Addr().String())
	writeKnownHosts(t, target, knownhosts.Line([]string{listener.Addr().String()}, hostKey.signer.PublicKey())+"\n")
	return target
}

// serveLogin serves one connection until the client has gone.
func serveLogin(conn net.Conn, config *ssh.ServerConfig, use func(*ssh.ServerConn)) {
	defer conn.Close()
	server, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	refusing := make(chan struct{})
	go func() {
		defer close(refusing)
		ssh.DiscardRequests(requests)
	}()
	if use != nil {
		use(server)
	}
	for channel := range channels {
		_ = channel.Reject(ssh.Prohibited, "a test")
	}
	<-refusing
}

func startOpenSSH(t *testing.T, authorized ssh.PublicKey, config ...string) *sshtest.OpenSSH {
	t.Helper()
	sshd, err := sshtest.StartOpenSSH(t.TempDir(), authorized, config...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sshd.Close)
	return sshd
}

// targetOfOpenSSH knows the server's key and has nothing to log in with.
func targetOfOpenSSH(t *testing.T, sshd *sshtest.OpenSSH) transport.Target {
	t.Helper()
	target := targetAt(t, sshd.Addr())
	target.User, target.Password = sshd.User(), secret.Value{}
	writeKnownHosts(t, target, knownhosts.Line([]string{sshd.Addr()}, sshd.HostKey())+"\n")
	return target
}
