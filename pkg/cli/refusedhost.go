package cli

import (
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// withoutRefusedHost leaves of a host that can't be read its name. What is wrong with it
// may be a password that somebody wrote into the document in clear, and the document of
// a host that has failed goes on into artifacts and logs. One that the host can't be
// taken out of must not go on at all: that is the error.
func withoutRefusedHost(raw []byte) ([]byte, error) {
	written, ok := jsonx.Member(raw, "host")
	if !ok {
		return raw, nil
	}
	var host doc.Host
	if err := jsonx.UnmarshalGrown(jsonx.Document{Raw: written}, &host); err == nil && len(host.Problems()) == 0 {
		return raw, nil
	}
	var named struct {
		Name string `json:"name,omitzero"`
	}
	// A name that is no text is not one.
	_ = jsonx.UnmarshalGrown(jsonx.Document{Raw: written}, &named)
	left, err := jsonx.Marshal(named)
	if err != nil {
		return nil, err
	}
	return jsonx.Splice(raw, "host", left)
}
