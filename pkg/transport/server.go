package transport

import (
	"golang.org/x/crypto/ssh"

	"hostkit/pkg/doc"
)

// Server is what the server said of itself and what was agreed with it; nil on a
// local connection. The caller must not change it.
func (c *Conn) Server() *doc.SSHFacts { return c.server }

func serverOf(w *wire, client *ssh.Client) *doc.SSHFacts {
	s := &doc.SSHFacts{Server: printable(string(client.ServerVersion())), StrictKeyExchange: w.greeting.strict()}
	if said, ok := client.Conn.(ssh.AlgorithmsConnMetadata); ok {
		agreed := said.Algorithms()
		s.KeyExchange, s.HostKeyAlgorithm = agreed.KeyExchange, agreed.HostKey
		// The direction in which the facts come; nearly always both are the same.
		s.Cipher, s.MAC = agreed.Read.Cipher, agreed.Read.MAC
	}
	return s
}
