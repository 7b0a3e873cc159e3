package plan

import "hostkit/pkg/shell"

// Namespace is what signatures of plans are made for (PROTOCOL.sshsig in OpenSSH's
// source): one that its owner made for a commit or a mail approves nothing. It is
// over all the bytes of the file or stream, whatever number of plans is in it.
const Namespace = "hostkit-plan"

// SignWith is the line that signs a file, for people to type.
func SignWith(key, file string) string {
	return "ssh-keygen -Y sign -f " + shell.Typed(key) + " -n " + Namespace + " " + shell.Typed(file)
}
