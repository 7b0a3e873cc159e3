package cli

import (
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// withoutRefusedHost leaves of a host that can't be read its name. What is wrong with it
// may be a password that somebody wrote into the document in clear, and the document of
// a host that has failed goes on into artifacts and logs.
func withoutRefusedHost(raw []byte) []byte {
	written, ok := jsonx.Member(raw, "host")
	if !ok {
		return raw
	}
	var host doc.Host
	if err := jsonx.UnmarshalGrown(jsonx.Document{Raw: written}, &host); err == nil && len(host.Problems()) == 0 {
		return raw
	}
	var named struct {
		Name string `json:"name,omitzero"`
	}
	// A name that is no text is not one.
	_ = jsonx.UnmarshalGrown(jsonx.Document{Raw: written}, &named)
	left, err := jsonx.Marshal(named)
	if err != nil {
		return raw
	}
	out, err := jsonx.Splice(raw, "host", left)
	if err != nil {
		return raw
	}
	return out
}
