package doc

// Config is what a person writes: hosts, and services that say what they should
// be. Read by hk-eval alone; an unknown member is an error.
type Config struct {
	// JSONSchema is for editors; nothing of ours reads it.
	JSONSchema string `json:"$schema,omitzero"`
	Schema     Schema `json:"schema"`
	// Project names the whole; it stands in every document made from it.
	Project string `json:"project"`
	// Hosts are the hosts, each under its name, which is how commands call it.
	Hosts map[string]HostConfig `json:"hosts,omitzero"`
	// Services are the services, each under its name.
	Services map[string]ServiceConfig `json:"services,omitzero"`
}

// ServiceConfig is a set of resources that belong together. There is no kind for
// accounts, units, timers, cron jobs, kernel settings or mounts: a file and a trigger
// make them (examples/what-a-host-needs.md).
type ServiceConfig struct {
	// Hosts are glob patterns (path.Match) of the hosts that have the service;
	// empty means all.
	Hosts []string `json:"hosts,omitzero"`
	// Sections are the kinds' own members: "packages", "files", ….
	Sections Attributes `json:",embed"`
}
