package sshconfig_test

import (
	"fmt"
	"strings"
	"testing"

	"hostkit/pkg/sshconfig"
)

// BenchmarkLookup is one host of a thousand in a config that names each.
func BenchmarkLookup(b *testing.B) {
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "Host db%d\n  HostName 10.0.0.%d\n  User dba\n  Port 22\n", i, i%250)
	}
	config := sshconfig.New(sshconfig.Options{File: writeFile(b, "config", text.String())})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := config.Lookup("db500", sshconfig.Given{}); err != nil {
			b.Fatal(err)
		}
	}
}
