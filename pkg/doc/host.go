package doc

import "github.com/go-json-experiment/json/jsontext"

// HostDocument is what the stages between hk-eval and hk-plan hand on.
type HostDocument struct {
	Schema Schema `json:"schema"`
	// Project is the config's.
	Project string `json:"project"`
	// Host is how the host is reached. Written by hk-eval.
	Host Host `json:"host"`
	// Resources are what the host should have. Written by hk-eval.
	Resources []Resource `json:"resources"`
	// Facts is written by hk-facts.
	Facts *Facts `json:"facts,omitzero"`
	// Packages is written by hk-resolve.
	Packages *PackageNames `json:"packages,omitzero"`
	// Error is written by the stage in which the host failed.
	Error *HostError `json:"error,omitzero"`
}

// Host is a host of the config with its name. Written by hk-eval; read by
// hk-facts and hk-apply to log in.
type Host struct {
	// Name is the host's in the config.
	Name string `json:"name"`
	HostConfig
}

// Resource is one thing a host should have. Written by hk-eval; read by all
// later stages.
type Resource struct {
	Address Address `json:"address"`
	// Kind is the part of Address before the colon.
	Kind string `json:"kind"`
	// Name is the part of Address behind the colon.
	Name string `json:"name"`
	// Service is the one of the config that has the resource.
	Service string   `json:"service"`
	State   Presence `json:"state"`
	// DependsOn is what the config says must be in place before.
	DependsOn []Address `json:"depends_on,omitzero"`
	// DeclaredAt is the file and JSON pointer of the declaration:
	// "config.json#/services/web/files/~1etc~1motd".
	DeclaredAt string `json:"declared_at"`
	// Spec holds the kind's own members.
	Spec Attributes `json:",embed"`
}

// Facts is what a host is. They describe the host only and are keyed by
// address, so that cached facts join a newer config. Written by hk-facts.
type Facts struct {
	Identity Identity `json:"identity"`
	OS       OS       `json:"os"`
	// SSH is the server that was logged in to; nil on a local connection.
	SSH *SSHFacts `json:"ssh,omitzero"`
	// PackageManager is "apt", …; empty where none of ours is there.
	PackageManager string `json:"package_manager,omitzero"`
	// PackageRepository is the distribution release in Repology's spelling,
	// "debian_12"; empty where it isn't known.
	PackageRepository string `json:"package_repository,omitzero"`
	// Packages is there when the document has a package.
	Packages *PackageFacts `json:"packages,omitzero"`
	// Observed has the state of every resource that is not a package.
	Observed map[Address]Observation `json:"observed"`
	// The groups that were asked for with --groups.
	CPU     *CPU     `json:"cpu,omitzero"`
	Memory  *Memory  `json:"memory,omitzero"`
	Disks   *Disks   `json:"disks,omitzero"`
	Users   *Users   `json:"users,omitzero"`
	Systemd *Systemd `json:"systemd,omitzero"`
	Ports   *Ports   `json:"ports,omitzero"`
	Runs    *Runs    `json:"runs,omitzero"`
	// Now holds what changes from minute to minute. hk-plan may not read it.
	Now Now `json:"now"`
}

// Identity tells one host from every other.
type Identity struct {
	// HostKey is what the server proved to own; nil on a local connection.
	HostKey *HostKey `json:"host_key,omitzero"`
	// MachineID is the digest of /etc/machine-id, which systemd asks not to
	// show in clear (machine-id(5)); empty where there is none.
	MachineID Digest `json:"machine_id,omitzero"`
	// Arch is the kernel's word, as in `uname -m`.
	Arch string `json:"arch"`
}

// HostKey is a server's public key.
type HostKey struct {
	// Type is the key's type as in known_hosts: "ssh-ed25519".
	Type string `json:"type"`
	// Fingerprint is OpenSSH's: "SHA256:" and unpadded base64.
	Fingerprint string `json:"fingerprint"`
}

// SSHFacts is an SSH server as its client sees it.
type SSHFacts struct {
	// Server is its version line: "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3".
	Server string `json:"server"`
	// StrictKeyExchange says that nobody in between can drop messages after the
	// key exchange unnoticed (Terrapin, CVE-2023-48795).
	StrictKeyExchange bool `json:"strict_key_exchange"`
	// KeyExchange is what was agreed, in the names of RFC 4253 and its successors, as
	// are the next three.
	KeyExchange string `json:"key_exchange,omitzero"`
	// HostKeyAlgorithm is what the host key has signed with.
	HostKeyAlgorithm string `json:"host_key_algorithm,omitzero"`
	// Cipher is the one from the host to here.
	Cipher string `json:"cipher,omitzero"`
	// MAC is empty where the cipher does without.
	MAC string `json:"mac,omitzero"`
}

// OS is what /etc/os-release and uname say (os-release(5)).
type OS struct {
	// ID is the distribution: "debian".
	ID string `json:"id"`
	// IDLike are the distributions that it is derived from, the nearest first.
	IDLike []string `json:"id_like"`
	// VersionID is the release: "12". Distributions that roll have none.
	VersionID string `json:"version_id,omitzero"`
	// Kernel is `uname -r`.
	Kernel string `json:"kernel,omitzero"`
}

// PackageFacts is what the host's package manager knows.
type PackageFacts struct {
	// Index is whether the manager has a package index at all. A fresh
	// container has none.
	Index Presence `json:"index"`
	// IndexFetched is when the whole index was last fetched, by the host's clock, as
	// a decimal number of seconds since 1970: "0" where nobody has noted it. It is
	// missing where the manager can't tell.
	IndexFetched string `json:"index_fetched,omitzero"`
	// Installed is the version of every package that is wholly installed.
	Installed map[string]string `json:"installed"`
	// Broken is the state, in the manager's own word, of packages that are there
	// but not wholly: "half-configured".
	Broken map[string]string `json:"broken,omitzero"`
	// Held are the packages that the host's administrator keeps as they are,
	// installed or not, sorted; missing where the manager can't hold.
	Held []string `json:"held,omitzero"`
	// Available is the candidate version of the names that were asked about
	// and that the index has; "" says that it was asked and does not have it.
	// A name that is missing here was not asked about.
	Available map[string]string `json:"available"`
	// Versions is every version that the index has of the packages that the
	// config wants at one.
	Versions map[string][]string `json:"versions,omitzero"`
	// Providers has, for names that are no packages, the packages that provide
	// them.
	Providers map[string][]string `json:"providers,omitzero"`
	// Groups has, for names that are those of groups of packages, their members.
	Groups map[string][]string `json:"groups,omitzero"`
	// Error says why the rest is not to be relied on.
	Error *FactError `json:"error,omitzero"`
}

// Observation is what is at a resource's place. Members of the kind's own stand
// beside these.
type Observation struct {
	// State is empty when Error is set, and of what is no state of the host.
	State Presence `json:"state,omitzero"`
	// Lacks names what the resource needs and the host does not have, as
	// handles ("path:/srv", "user:app"): it must be planned too.
	Lacks []string   `json:"lacks,omitzero"`
	Error *FactError `json:"error,omitzero"`
	// Attributes holds the kind's own members.
	Attributes Attributes `json:",embed"`
}

// FactError is a fact that could not be had. Only the resources that need it
// suffer.
type FactError struct {
	// Code is a stable word for programs: "permission_denied".
	Code string `json:"code"`
	// Message is for people.
	Message string `json:"message"`
}

func (e *FactError) Error() string { return e.Message }

// Now is the volatile part of the facts.
type Now struct {
	// UptimeSeconds is how long the kernel has run.
	UptimeSeconds int64 `json:"uptime_seconds,omitzero"`
	// The changing part of the groups that were asked for with --groups; missing
	// where the group could not be had.
	Load   *LoadAverages `json:"load,omitzero"`
	Memory *MemoryUse    `json:"memory,omitzero"`
	// Disks is keyed by mount point, with those below /run that Facts leaves out
	// because they come and go.
	Disks   map[string]DiskUse `json:"disks,omitzero"`
	Systemd *SystemdNow        `json:"systemd,omitzero"`
	// Ports has all of Facts' listeners, and the UDP sockets on ports that the
	// kernel chose.
	Ports []ListenerNow `json:"ports,omitzero"`
}

// PackageNames is what the host's distribution calls the packages. Written by
// hk-resolve; read by hk-plan.
type PackageNames struct {
	// Repository is the one the names are of: "debian_12".
	Repository string `json:"repository"`
	// Names is keyed by the name in the config.
	Names map[string]PackageName `json:"names"`
	// Mise is the release of mise that a host with a resource of the kind `mise`
	// gets.
	Mise *MiseRelease `json:"mise,omitzero"`
}

// PackageName is the answer to "what is this called here?", and why.
type PackageName struct {
	// Package is the distribution's name.
	Package string `json:"package"`
	// Source is who said so: "as", "lock", "embedded", "index", "repology".
	Source string `json:"source"`
	// Rule is how the name was chosen: "table", "same name", ….
	Rule string `json:"rule,omitzero"`
	// Project is Repology's project, where it was asked.
	Project string `json:"project,omitzero"`
	// StaleSince is when Repology last confirmed an answer that is older than the
	// cache may be and could not be asked for again, in RFC 3339, UTC. A lock does
	// not keep it.
	StaleSince string `json:"stale_since,omitzero"`
	// Version pins the package, where the lock does.
	Version string `json:"version,omitzero"`
	// Later holds what a later v1 may add, so that a lock keeps it.
	Later Attributes `json:",embed"`
}

// MiseRelease is a release of mise, and why it is that one.
type MiseRelease struct {
	// Version is mise's own spelling, without a "v": "2026.9.15".
	Version string `json:"version"`
	// Source is who said so: "lock", "embedded". A lock does not keep it.
	Source string `json:"source,omitzero"`
	// Builds is keyed by platform, as mise's own releases spell it: "linux-x64",
	// "linux-arm64-musl".
	Builds map[string]Download `json:"builds"`
	// Later holds what a later v1 may add, so that a lock keeps it.
	Later Attributes `json:",embed"`
}

// Download is a file that is had from elsewhere and known beforehand.
type Download struct {
	// URL is where the file is had from.
	URL string `json:"url,omitzero"`
	// Checksum is that of the file as it is had from there.
	Checksum Digest `json:"checksum"`
}

// PackageLock keeps names for many repositories, in git. Written and read by
// hk-resolve; read by hk-plan.
type PackageLock struct {
	Schema Schema `json:"schema"`
	// Repositories is keyed by repository, then by the name in the config.
	Repositories map[string]LockedRepository `json:"repositories"`
	// Mise is the release that a config without a version of its own means.
	Mise *MiseRelease `json:"mise,omitzero"`
	// Later holds what a later v1 may add.
	Later Attributes `json:",embed"`
}

// LockedRepository is the names of one distribution release.
type LockedRepository struct {
	Packages map[string]PackageName `json:"packages"`
	// Later holds what a later v1 may add.
	Later Attributes `json:",embed"`
}

// Raw is any JSON value, kept as it is.
type Raw = jsontext.Value
