package transport

// TargetError says that a document does not say how to reach its host.
type TargetError struct {
	// Name is the host's name in the document.
	Name string
	// Why and Advice are for people.
	Why, Advice string
}

func (e *TargetError) Error() string { return "host " + e.Name + ": " + e.Why }

// Code is the stable word for programs.
func (e *TargetError) Code() string { return "invalid_target" }

// Hint says what to write.
func (e *TargetError) Hint() string { return e.Advice }

// Exit is the exit status this failure asks for.
func (e *TargetError) Exit() int { return exitInput }

// CredentialError says that there is nothing to log in with, or that what the
// user named for it can't be used.
type CredentialError struct {
	// Reason is the stable word for programs: "no_credentials",
	// "identity_file_unreadable", "identity_file_exposed",
	// "identity_file_unsupported", "identity_file_encrypted" where nobody can give
	// the passphrase, "passphrase_wrong", "identity_file_public" and
	// "identity_file_security_key" where no agent holds the private half,
	// "certificate_unusable".
	Reason string
	// Why and Advice are for people.
	Why, Advice string
	Err         error
}

func (e *CredentialError) Error() string {
	if e.Err != nil {
		return e.Why + ": " + plain(e.Err)
	}
	return e.Why
}

func (e *CredentialError) Unwrap() error { return e.Err }

// Code is Reason.
func (e *CredentialError) Code() string { return e.Reason }

// Hint says what to set.
func (e *CredentialError) Hint() string { return e.Advice }

// Exit is the exit status this failure asks for.
func (e *CredentialError) Exit() int { return exitInput }

// KnownHostsError says that a known_hosts file can't be used: it can't be read or
// written, or one of its lines makes no sense and may not be passed over, since it
// may revoke the host's key or be the entry that was not found.
type KnownHostsError struct {
	File string
	// Writing says that a new key could not be recorded.
	Writing bool
	Err     error
}

func (e *KnownHostsError) Error() string {
	if e.Writing {
		return "record host key in " + e.File + ": " + e.Err.Error()
	}
	return "read " + e.File + ": " + e.Err.Error()
}

func (e *KnownHostsError) Unwrap() error { return e.Err }

// Code is the stable word for programs.
func (e *KnownHostsError) Code() string {
	if e.Writing {
		return "known_hosts_unwritable"
	}
	return "known_hosts_unreadable"
}

// Hint says what to do.
func (e *KnownHostsError) Hint() string {
	if e.Writing {
		return "make the file writable, or name another one in ssh.known_hosts"
	}
	return "mend the file, or name another one in ssh.known_hosts"
}

// Exit is 3, or 1 when the file could not be written.
func (e *KnownHostsError) Exit() int {
	if e.Writing {
		return 1
	}
	return exitInput
}
