package mise

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

func TestPlatformOf(t *testing.T) {
	const x64, x64musl = "/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"
	const arm64, armv7 = "/lib/ld-linux-aarch64.so.1", "/lib/ld-linux-armhf.so.3"
	for _, test := range []struct {
		loaders string
		musl    bool
		arch    string
		want    Platform
	}{
		{x64, false, "x86_64", "linux-x64"},
		{x64musl, true, "x86_64", "linux-x64-musl"},
		// Debian with the package musl, and Alpine with gcompat.
		{x64 + " " + x64musl, false, "x86_64", "linux-x64"},
		{x64 + " " + x64musl, true, "x86_64", "linux-x64-musl"},
		{arm64, false, "aarch64", "linux-arm64"},
		{"/lib/ld-musl-aarch64.so.1", true, "aarch64", "linux-arm64-musl"},
		// Programs of 32 bits on a kernel of 64, and of both.
		{armv7, false, "aarch64", "linux-armv7"},
		{arm64 + " " + armv7, false, "aarch64", "linux-arm64"},
		{armv7, false, "armv7l", "linux-armv7"},
		{armv7, false, "armv6l", ""},
		{"", false, "x86_64", ""},
		{"/lib/ld64.so.1", false, "s390x", ""},
	} {
		got, known := PlatformOf(strings.Fields(test.loaders), test.musl, test.arch)
		if got != test.want || known != (test.want != "") {
			t.Errorf("%+v: %q, %t", test, got, known)
		}
	}
}

// program is a file of 64 bits that names a loader, behind everything else, as in
// the real mise.
func program(machine uint16, loader string) []byte {
	const headers, segment = 64, 56
	file := make([]byte, 256)
	copy(file, "\x7fELF\x02\x01\x01")
	put := func(offset int, value any) {
		if _, err := binary.Encode(file[offset:], binary.LittleEndian, value); err != nil {
			panic(err)
		}
	}
	put(16, uint16(2))
	put(18, machine)
	put(20, uint32(1))
	put(32, uint64(headers))
	put(52, uint16(headers))
	put(54, uint16(segment))
	put(56, uint16(1))
	if loader != "" {
		put(headers, uint32(3))
		put(headers+8, uint64(len(file)))
		put(headers+32, uint64(len(loader)+1))
		file = append(append(file, loader...), 0)
	}
	return file
}

func TestPlatformOfProgram(t *testing.T) {
	cut := program(62, "/lib64/ld-linux-x86-64.so.2")
	for _, test := range []struct {
		name string
		file []byte
		want string
	}{
		{"glibc", program(62, "/lib64/ld-linux-x86-64.so.2"), "linux-x64"},
		{"musl", program(183, "/lib/ld-musl-aarch64.so.1"), "linux-arm64-musl"},
		{"static", program(40, ""), "linux-armv7-static"},
		{"another loader", program(62, "/lib/ld.so"), "it is a program for a system that mise has no builds for"},
		{"another processor", program(22, ""), "it is a program for a system that mise has no builds for"},
		{"a script", []byte("#!/bin/sh\n"), "it is no program for Linux (an ELF file)"},
		{"nothing", nil, "it is no program for Linux (an ELF file)"},
		{"cut", cut[:50], "it is no program for Linux (an ELF file)"},
	} {
		got, err := PlatformOfProgram(bytes.NewReader(test.file))
		if err != nil {
			got = Platform(err.Error())
		}
		if string(got) != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestRunsOn(t *testing.T) {
	for _, test := range []struct {
		program, host Platform
		want          bool
	}{
		{"linux-x64", "linux-x64", true},
		{"linux-x64", "linux-x64-musl", false},
		{"linux-x64-musl", "linux-x64", false},
		{"linux-x64-static", "linux-x64", true},
		{"linux-x64-static", "linux-x64-musl", true},
		{"linux-x64-static", "linux-arm64", false},
		{"linux-arm64", "linux-x64", false},
	} {
		if got := test.program.RunsOn(test.host); got != test.want {
			t.Errorf("%+v: %t", test, got)
		}
	}
}

func FuzzPlatformOfProgram(f *testing.F) {
	f.Add(program(62, "/lib64/ld-linux-x86-64.so.2"))
	f.Add(program(183, ""))
	f.Add([]byte("\x7fELF"))
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := PlatformOfProgram(bytes.NewReader(file))
		if (err == nil) != strings.HasPrefix(string(p), "linux-") {
			t.Errorf("%q, %v", p, err)
		}
	})
}

func TestTheEmbeddedReleaseIsWellFormed(t *testing.T) {
	r := Embedded()
	if message, _ := CheckVersion(r.Version); message != "" || r.Source != "embedded" || len(r.Builds) == 0 {
		t.Errorf("%+v: %s", r, message)
	}
	for platform, build := range r.Builds {
		if build.URL != ReleaseURL(r.Version, Platform(platform)) || build.Checksum.UnmarshalText([]byte(build.Checksum)) != nil {
			t.Errorf("%s: %+v", platform, build)
		}
	}
}

func TestCheckURL(t *testing.T) {
	for url, good := range map[string]bool{
		"https://example.org/mise":         true,
		"http://127.0.0.1:80/a/b?c=%20":    true,
		"https://example.org/a@b":          true,
		"https://me:secret@example.org/":   false,
		"https://me@example.org":           false,
		"ftp://example.org/":               false,
		"file:///etc/passwd":               false,
		"https://":                         false,
		"https:///mise":                    false,
		"https://example.org/a b":          false,
		"https://example.org/\n-o/etc/x":   false,
		"https://example.org/ä":            false,
		"-o/etc/passwd":                    false,
		"HTTPS://example.org/":             false,
		"https://example.org/{a,b}[1-100]": false,
	} {
		message, hint := CheckURL(url)
		if (message == "") != good || !good && hint == "" {
			t.Errorf("%q: %s (%s)", url, message, hint)
		}
		if strings.Contains(message+hint, "secret") {
			t.Errorf("it repeats a password: %s", message)
		}
	}
}

func TestCheckVersion(t *testing.T) {
	for version, hint := range map[string]string{
		"2026.9.15":   "",
		"2026.9.15-a": "",
		"v2026.9.15":  `write "2026.9.15", without the v`,
		"latest":      "versions are spelled like 2026.9.15",
		"2026":        "versions are spelled like 2026.9.15",
		"1.2.3/../x":  "versions are spelled like 2026.9.15",
	} {
		message, got := CheckVersion(version)
		if got != hint || (message == "") != (hint == "") {
			t.Errorf("%q: %s (%s)", version, message, got)
		}
	}
}
