package cli

import (
	"strings"

	"hostkit/pkg/doc"
)

// Addresses are what the values of a flag name. A name without its kind is passed on as
// it is: it matches nothing, and what it may mean is known when the documents were read.
func Addresses(flag string, values []string) ([]doc.Address, error) {
	list := make([]doc.Address, len(values))
	for i, value := range values {
		if !strings.Contains(value, ":") {
			list[i] = doc.Address(value)
			continue
		}
		if err := list[i].UnmarshalText([]byte(value)); err != nil {
			return nil, Usagef("--%s %s", flag, err)
		}
	}
	return list, nil
}
