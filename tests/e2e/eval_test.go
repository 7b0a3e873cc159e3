package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	jsonv2 "github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
	"hostkit/tests/binaries"
)

// evaluate stands in for hk-eval until that is there.
func (s *site) evaluate(name string) []byte {
	s.Helper()
	bin, err := binaries.Build()
	if err != nil {
		s.Fatalf("%v", err)
	}
	if _, err := os.Stat(filepath.Join(bin, "hk-eval")); err == nil {
		return s.must(nil, "hk-eval", name)
	}
	raw, err := os.ReadFile(filepath.Join(s.base, name))
	if err != nil {
		s.Fatalf("%v", err)
	}
	var config struct {
		Project  string
		Hosts    map[string]map[string]json.RawMessage
		Services map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(raw, &config); err != nil {
		s.Fatalf("%v", err)
	}
	host := config.Hosts["server"]
	host["name"] = json.RawMessage(`"server"`)
	rs, err := expand(config.Services["all"], localFiles(s.base))
	if err != nil {
		s.Fatalf("%v", err)
	}
	resources, err := jsonv2.Marshal(rs)
	if err != nil {
		s.Fatalf("%v", err)
	}
	document, err := json.Marshal(map[string]any{
		"schema": "hostkit.host/v1", "project": config.Project, "host": host, "resources": json.RawMessage(resources),
	})
	if err != nil {
		s.Fatalf("%v", err)
	}
	return document
}

func expand(service map[string]json.RawMessage, files resource.Files) ([]doc.Resource, error) {
	all := []doc.Resource{}
	for _, k := range resource.Kinds {
		section, ok := service[k.Section().Member]
		if !ok || k.Section().Member == "" {
			continue
		}
		declared, problems := k.Expand(doc.Raw(section), files)
		if problems != nil {
			return nil, fmt.Errorf("%v", problems)
		}
		for _, d := range declared {
			spec, err := jsonv2.Marshal(d.Spec)
			if err != nil {
				return nil, err
			}
			state := d.Common.State
			if state == "" {
				state = doc.Present
			}
			all = append(all, doc.Resource{
				Address: doc.NewAddress(k.Name(), d.Name), Kind: k.Name(), Name: d.Name, Service: "all",
				State: state, DependsOn: d.Common.DependsOn, DeclaredAt: "config.json#", Spec: spec,
			})
		}
	}
	return all, nil
}

type localFiles string

func (dir localFiles) Load(path string) (doc.Content, error) {
	raw, err := os.ReadFile(filepath.Join(string(dir), path))
	if err != nil {
		return doc.Content{}, err
	}
	if len(raw) <= 64<<10 {
		return doc.Content{Bytes: raw}, nil
	}
	return doc.Content{File: &doc.FileRef{Path: path, Size: int64(len(raw)), Digest: doc.Digest("sha256:" + sum(string(raw)))}}, nil
}
