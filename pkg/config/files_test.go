package config

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
)

func TestFiles(t *testing.T) {
	large := strings.Repeat("x", inlineBytes+1)
	folder(t, map[string]string{
		"outside":          "secret",
		"conf/small":       "text\r\n",
		"conf/sub/edge":    large[1:],
		"conf/sub/large":   large,
		"conf/inside":      "-> small",
		"conf/up":          "-> ../outside",
		"conf/abs":         "-> /etc/passwd",
		"conf/dir":         "-> ..",
		"conf/here/x/y/z/": "",
	})
	if err := syscall.Mkfifo("conf/fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	huge, err := os.Create("conf/huge")
	if err != nil {
		t.Fatal(err)
	}
	defer huge.Close()
	if err := huge.Truncate(largestFile + 1); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot("conf")
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	sum := sha256.Sum256([]byte(large))
	for name, want := range map[string]struct {
		content doc.Content
		err     string
	}{
		"small":         {doc.Content{Bytes: doc.Bytes("text\r\n")}, ""},
		"./sub/edge":    {doc.Content{Bytes: doc.Bytes(large[1:])}, ""},
		"inside":        {doc.Content{Bytes: doc.Bytes("text\r\n")}, ""},
		"sub/../inside": {doc.Content{Bytes: doc.Bytes("text\r\n")}, ""},
		"./sub/large": {doc.Content{File: &doc.FileRef{
			Path: "./sub/large", Size: int64(len(large)), Digest: doc.Digest("sha256:" + hex.EncodeToString(sum[:])),
		}}, ""},
		"../outside":  {err: "../outside leads out of the folder of the config"},
		"up":          {err: "up leads out of the folder of the config"},
		"abs":         {err: "abs leads out of the folder of the config"},
		"dir/outside": {err: "dir/outside leads out of the folder of the config"},
		"/etc/passwd": {err: `"/etc/passwd" is not a path relative to the folder of the config`},
		"https://x/y": {err: "https://x/y: nothing is fetched: keep a copy in the folder of the config, and name that"},
		"":            {err: `"" is not a path relative to the folder of the config`},
		"sub":         {err: "sub: it is a folder"},
		"fifo":        {err: "fifo: it is not a regular file"},
		"nowhere":     {err: "nowhere: no such file or directory"},
		"small/x":     {err: "small/x: not a directory"},
		"huge":        {err: "huge is larger than 512 MiB"},
	} {
		got, err := files{root}.Load(name)
		message := ""
		if err != nil {
			message = err.Error()
		}
		if diff := cmp.Diff(want.content, got) + cmp.Diff(want.err, message); diff != "" {
			t.Errorf("%q: %s", name, diff)
		}
	}
}

// A document beyond what the next command reads would end its whole stream.
func TestDocumentThatWouldBeTooLarge(t *testing.T) {
	long := strings.Repeat("x", inlineBytes)
	var notes []string
	for i := range 300 {
		notes = append(notes, `"n`+strings.Repeat("i", i)+`": {"from": "long"}`)
	}
	folder(t, map[string]string{"long": long, "c.json": whole(hostA, `"s": {"notes": {`+strings.Join(notes, ",")+`}}`)})
	_, err := load(t.Context(), "c.json")
	want := "c.json:2:1: /hosts/a: its document would have 18 MiB, more than 16\n  let long content stand in files of their own, with \"from\""
	if diff := cmp.Diff(want, said(err)); diff != "" {
		t.Error(diff)
	}
}
