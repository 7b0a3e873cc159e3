package resource

// Tool is a tool that mise installs.
type Tool struct {
	Common
	// Version is exact, as mise spells it: "29.0.2".
	Version string `json:"version,omitzero"`
}

// tools gives a resource for each tool of the section.
func (m Mise) tools(*problems) []Declared { return nil }
