package jsonx

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// largest are documents near MaxBytes that are hard in different ways.
func largest() map[string][]byte {
	fill := func(head, part, tail string) []byte {
		return []byte(head + strings.Repeat(part, (MaxBytes-len(head)-len(tail))/len(part)) + tail)
	}
	var names bytes.Buffer
	names.WriteString("{")
	for i := 0; names.Len() < MaxBytes-100; i++ {
		fmt.Fprintf(&names, `"name%d":{"state":"present","size":%d.5},`, i, i)
	}
	names.WriteString(`"end":0}`)
	return map[string][]byte{
		"members": names.Bytes(),
		"string":  fill(`["`, "x", `"]`),
		"escapes": fill(`["`, `\u00e9\n`, `"]`),
		"numbers": fill("[", "12345.678901234567,", "0]"),
		"number":  fill("1.", "0", ""),
		"nested":  fill("[", strings.Repeat("[", 62)+strings.Repeat("]", 62)+",", "0]"),
		"blank":   fill("[", " ", "]"),
	}
}

func BenchmarkNextLargest(b *testing.B) {
	for name, raw := range largest() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := NewReader("bench", bytes.NewReader(raw)).Next(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkStreamOfThousand(b *testing.B) {
	raw := bytes.Repeat([]byte(`{"schema":"hostkit.host/v1","host":{"name":"server","ssh":{"port":22}},"resources":[]}`+"\n"), 1000)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if err := readAll(NewReader("bench", bytes.NewReader(raw))); err != io.EOF {
			b.Fatal(err)
		}
	}
}

func BenchmarkCanonicalLargest(b *testing.B) {
	raw := largest()["members"]
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Sum(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSpliceLargest(b *testing.B) {
	raw := largest()["members"]
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Splice(raw, "facts", []byte("{}"), "packages", "error"); err != nil {
			b.Fatal(err)
		}
	}
}
