package sshtest

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/crypto/ssh"
)

// config returns what one connection accepts.
func (s *Server) config(conn *faultyConn, keys []ssh.Signer) *ssh.ServerConfig {
	o := s.options
	userOK := func(m ssh.ConnMetadata) bool { return o.User == "" || m.User() == o.User }
	config := &ssh.ServerConfig{
		Config:        o.Config,
		ServerVersion: "SSH-2.0-sshtest",
		// It is asked before the answer to a method goes out.
		AuthLogCallback: func(ssh.ConnMetadata, string, error) { conn.reach(StageService) },
	}
	for _, key := range keys {
		config.AddHostKey(key)
	}
	password := func(m ssh.ConnMetadata, given []byte, method string) (*ssh.Permissions, error) {
		conn.reach(StageLogin)
		return nil, s.note(method, userOK(m) && string(given) == o.Password)
	}
	if o.Password != "" && !o.Interactive {
		config.PasswordCallback = func(m ssh.ConnMetadata, given []byte) (*ssh.Permissions, error) {
			return password(m, given, "password")
		}
	}
	if o.Password != "" && o.Interactive {
		config.KeyboardInteractiveCallback = func(m ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			var texts []string
			var echos []bool
			for _, p := range o.Prompts {
				texts, echos = append(texts, p.Text), append(echos, p.Echo)
			}
			answers, err := ask("", "", texts, echos)
			if err != nil || len(answers) == 0 {
				return nil, errors.Join(err, s.note("keyboard-interactive", false))
			}
			return password(m, []byte(answers[0]), "keyboard-interactive")
		}
	}
	if o.AuthorizedKeys != nil {
		config.PublicKeyCallback = func(m ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			conn.reach(StageLogin)
			known := slices.ContainsFunc(o.AuthorizedKeys, func(k ssh.PublicKey) bool {
				return bytes.Equal(k.Marshal(), key.Marshal())
			})
			return nil, s.note("publickey", known && userOK(m))
		}
	}
	return config
}

func (s *Server) serve(conn *faultyConn, keys []ssh.Signer) {
	if s.options.Script != nil {
		s.options.Script(newPeer(conn, keys[0]))
		return
	}
	server, channels, requests, err := ssh.NewServerConn(conn, s.config(conn, keys))
	if err != nil {
		return
	}
	defer server.Close()
	s.running.Go(func() {
		for request := range requests {
			if s.options.Requested != nil {
				s.options.Requested(request.Type)
			}
			if request.WantReply {
				_ = request.Reply(false, nil)
			}
		}
	})
	var sessions atomic.Int64
	for channel := range channels {
		conn.reach(StageChannel)
		switch {
		case channel.ChannelType() == "direct-tcpip":
			s.running.Go(func() { s.forward(conn, channel) })
		case channel.ChannelType() != "session":
			_ = channel.Reject(ssh.UnknownChannelType, "unknown channel type")
		case sessions.Load() >= int64(s.options.MaxSessions):
			_ = channel.Reject(ssh.ResourceShortage, "open failed")
		default:
			sessions.Add(1)
			accepted, requests, err := channel.Accept()
			if err != nil {
				return
			}
			s.running.Go(func() {
				s.session(conn, accepted, requests)
				sessions.Add(-1)
			})
		}
	}
}

// session serves the requests of one channel until it is closed.
func (s *Server) session(conn *faultyConn, channel ssh.Channel, requests <-chan *ssh.Request) {
	started := false
	for request := range requests {
		var msg struct{ Command string }
		if request.Type != "exec" || started || ssh.Unmarshal(request.Payload, &msg) != nil {
			_ = request.Reply(false, nil)
			continue
		}
		conn.reach(StageExec)
		started = true
		_ = request.Reply(true, nil)
		s.running.Go(func() { s.run(conn, channel, msg.Command) })
	}
	if !started {
		_ = channel.Close()
	}
}

// run runs an exec line and reports its exit, as sshd does: a client that goes
// away closes the program's streams and kills nothing.
func (s *Server) run(conn *faultyConn, channel ssh.Channel, line string) {
	defer channel.Close()
	cmd := exec.Command(s.options.Shell[0], append(slices.Clone(s.options.Shell[1:]), "-c", line)...)
	cmd.Env, cmd.Dir = s.options.Env, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stdout, cmd.Stderr = &program{conn: conn, to: channel}, &program{conn: conn, to: channel.Stderr()}
	stdin, err := cmd.StdinPipe()
	if err != nil || !s.start(cmd, line) {
		s.exit(channel, 127)
		return
	}
	s.running.Go(func() {
		_, _ = io.Copy(stdin, channel)
		_ = stdin.Close()
	})
	_ = cmd.Wait()
	s.mu.Lock()
	delete(s.groups, cmd.Process.Pid)
	s.mu.Unlock()
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		_, _ = channel.SendRequest("exit-signal", false, ssh.Marshal(struct {
			Signal     string
			CoreDumped bool
			Error      string
			Lang       string
		}{Signal: signalName(status.Signal())}))
		return
	}
	s.exit(channel, cmd.ProcessState.ExitCode())
}

func (s *Server) exit(channel ssh.Channel, status int) {
	_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status)}))
}

// start starts cmd unless the server is closing.
func (s *Server) start(cmd *exec.Cmd, line string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
	if s.closed || cmd.Start() != nil {
		return false
	}
	s.groups[cmd.Process.Pid] = struct{}{}
	return true
}

func (s *Server) killAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for group := range s.groups {
		_ = syscall.Kill(-group, syscall.SIGKILL)
	}
}

var signalNames = sync.OnceValue(func() map[syscall.Signal]string {
	return map[syscall.Signal]string{
		syscall.SIGHUP: "HUP", syscall.SIGINT: "INT", syscall.SIGQUIT: "QUIT", syscall.SIGABRT: "ABRT",
		syscall.SIGKILL: "KILL", syscall.SIGSEGV: "SEGV", syscall.SIGPIPE: "PIPE", syscall.SIGTERM: "TERM",
	}
})

func signalName(signal syscall.Signal) string {
	if name, ok := signalNames()[signal]; ok {
		return name
	}
	return "USR1"
}
