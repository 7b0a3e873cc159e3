package doc

// Config is what a person writes: hosts, and services that say what they should
// be. Read by hk-eval alone; an unknown member is an error.
type Config struct {
	// JSONSchema is for editors; nothing of ours reads it.
	JSONSchema string `json:"$schema,omitzero"`
	Schema     Schema `json:"schema"`
	// Project names the whole; it stands in every document made from it.
	Project string `json:"project"`
	// Hosts and Services are keyed by their names.
	Hosts    map[string]HostConfig    `json:"hosts,omitzero"`
	Services map[string]ServiceConfig `json:"services,omitzero"`
}

// HostConfig is how a host is reached.
type HostConfig struct {
	// Connection is "ssh" (the default) or "local": this machine, which is
	// never meant unless it is declared.
	Connection string `json:"connection,omitzero"`
	// Hostname is a DNS name or an IP address; empty with connection "local".
	Hostname string `json:"hostname,omitzero"`
	// User is the login name; empty means the name of the user running HostKit.
	User string `json:"user,omitzero"`
	// Sudo runs everything on the host under one sudo.
	Sudo bool `json:"sudo,omitzero"`
	SSH  *SSH `json:"ssh,omitzero"`
}

// SSH is how a host is logged in to. Paths begin with "/", "~/", or are
// relative to --base of the command that opens them.
type SSH struct {
	// Port is where the host's sshd listens, 22 when it is not given.
	Port Port `json:"port,omitzero"`
	// IdentityFile is an OpenSSH private key.
	IdentityFile string `json:"identity_file,omitzero"`
	// KnownHosts is an OpenSSH known_hosts file; empty means
	// ~/.ssh/known_hosts.
	KnownHosts string     `json:"known_hosts,omitzero"`
	Password   *SecretRef `json:"password,omitzero"`
	// SilentlyAcceptHosts lets hk-facts, never hk-apply, record the key of a
	// host that known_hosts does not have. A changed key is always refused.
	SilentlyAcceptHosts bool `json:"silently_accept_hosts,omitzero"`
}

// ServiceConfig is a set of resources that belong together.
type ServiceConfig struct {
	// Hosts are glob patterns (path.Match) of the hosts that have the service;
	// empty means all.
	Hosts []string `json:"hosts,omitzero"`
	// Sections are the kinds' own members: "packages", "files", ….
	Sections Attributes `json:",embed"`
}
