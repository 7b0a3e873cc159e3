package integration

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// Target is a host that the suite may work on.
type Target struct {
	// Name of the host in Config.
	Name string
	// Config is the path of a config that has hosts and no services.
	Config string
	// Base is the folder that relative paths in Config begin at; empty where it has none.
	Base string
	// Host is how Config says that it is reached: address, port, user, key or password.
	Host doc.HostConfig
	// Whole says that a check of the suite that can't be made is a failure.
	Whole bool
	// Close ends a host that was made for the suite; nil where there is nothing to do.
	Close func() error
}

// NoTarget is why there is no host to work on, with what to do about it.
type NoTarget struct{ Why, Hint string }

func (e *NoTarget) Error() string { return e.Why }

// OfLab starts a host of the lab, and writes its config into dir.
func OfLab(ctx context.Context, dir string) (Target, error) {
	if err := lab.Available(); err != nil {
		return Target{}, &NoTarget{err.Error(), "HOSTKIT_INTEGRATION_TOOL=remote takes a host of your own"}
	}
	h, err := lab.Start(ctx, lab.Options{Hostname: "server", Python: true})
	if err != nil {
		return Target{}, err
	}
	no := false
	host := doc.HostConfig{Hostname: h.IP, User: "root", SSH: &doc.SSH{
		UseConfig: &no, UseAgent: &no, Port: doc.Port(h.Port), IdentityFile: h.Identity, KnownHosts: h.KnownHosts,
	}}
	t, err := written(dir, h.Name, host)
	if err != nil {
		return Target{}, errors.Join(err, h.Stop())
	}
	t.Whole, t.Close = true, h.Stop
	return t, nil
}

// written is the target of a config that it writes into dir, as a person would.
func written(dir, name string, host doc.HostConfig) (Target, error) {
	raw, err := json.Marshal(map[string]any{
		"schema": doc.SchemaConfig, "project": "integration", "hosts": map[string]any{name: host},
	})
	if err != nil {
		return Target{}, err
	}
	path := filepath.Join(dir, "hosts.json")
	return Target{Name: name, Config: path, Host: host}, os.WriteFile(path, raw, 0o600)
}
