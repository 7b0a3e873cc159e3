// Package examples tests that what stands beside it is true.
package examples

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"

	"hostkit/pkg/config"
	"hostkit/pkg/doc"
	"hostkit/pkg/names"
	"hostkit/pkg/resource"
)

// checkConfig evaluates a config, and resolves its packages for Debian 12.
func checkConfig(t *testing.T, file string) {
	t.Helper()
	c, err := config.Load(t.Context(), []string{file}, config.Options{Kinds: resource.Kinds})
	if err != nil {
		t.Fatal(err)
	}
	selection, err := c.Select(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for raw, err := range selection.Documents() {
		if err != nil {
			t.Fatal(err)
		}
		var d struct{ Resources []json.RawMessage }
		// A config of hosts alone is there to be put before another one.
		hostsAlone := strings.HasSuffix(file, "_hosts.example.json")
		if err := json.Unmarshal(raw, &d); err != nil || (len(d.Resources) == 0) != hostsAlone {
			t.Fatalf("%v: %s", err, raw)
		}
		checkNames(t, d.Resources)
	}
}

func checkNames(t *testing.T, resources []json.RawMessage) {
	t.Helper()
	var requests []names.Request
	for _, raw := range resources {
		var r doc.Resource
		if err := jsonv2.Unmarshal(raw, &r); err != nil {
			t.Fatal(err)
		}
		if r.Kind != names.Kind {
			continue
		}
		request, err := names.NewRequest(r)
		if err != nil {
			t.Fatal(err)
		}
		requests = append(requests, request)
	}
	if _, err := names.Resolve(requests, "debian_12", nil, names.Options{}); err != nil {
		t.Error(err)
	}
}

func TestEveryExampleIsAGoodConfig(t *testing.T) {
	var files []string
	for _, pattern := range []string{"*.json", "*.jsonnet"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		t.Fatal("no examples")
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) { checkConfig(t, file) })
	}
}

// The hosts behind the bastion are reached through it as it is reached itself.
func TestTheBastionIsWhatTheOthersGoThrough(t *testing.T) {
	c, err := config.Load(t.Context(), []string{"bastion.json"}, config.Options{Kinds: resource.Kinds})
	if err != nil {
		t.Fatal(err)
	}
	selection, err := c.Select([]string{"db"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for raw, err := range selection.Documents() {
		var d doc.HostDocument
		if err != nil || jsonv2.Unmarshal(raw, &d) != nil {
			t.Fatalf("%v: %s", err, raw)
		}
		jumps := d.Host.SSH.Jump
		if len(jumps) != 1 || jumps[0].Hostname != "203.0.113.10" || jumps[0].SSH.Port != 2222 || jumps[0].SSH.HostKey == "" {
			t.Errorf("%s", raw)
		}
		if uses := d.Host.Secrets(); len(uses) != 2 || uses[0].UsedBy[0] != "host.ssh.jump[0].ssh.passphrase" {
			t.Errorf("%+v", uses)
		}
	}
}
