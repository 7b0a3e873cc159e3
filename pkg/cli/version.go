package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"hostkit/pkg/doc"
)

// Version is that of all commands. The linker may set it.
var Version = "0.1.0"

// version is the answer to --version.
func version(cmd Command, info *debug.BuildInfo) string {
	return fmt.Sprintf("%s %s\nbuilt:  %s\n%s%s", cmd.Name, Version, Built(info),
		schemaLine("reads: ", cmd.Reads), schemaLine("writes:", cmd.Writes))
}

// Built says what a program was built from and with, in one line: the revision of its
// sources, whether they were changed since, or the version of the module that `go
// install` has fetched; then Go's version and the platform. What the build did not
// record is not known, and is said so. A nil info knows nothing.
func Built(info *debug.BuildInfo) string {
	if info == nil {
		info = &debug.BuildInfo{}
	}
	recorded := map[string]string{}
	for _, s := range info.Settings {
		recorded[s.Key] = s.Value
	}
	from := "a revision that is not recorded"
	switch revision := recorded["vcs.revision"]; {
	case revision != "":
		from = "revision " + revision
		if when := recorded["vcs.time"]; when != "" {
			from += " of " + when
		}
		if recorded["vcs.modified"] == "true" {
			from += ", changed since"
		}
	case strings.HasPrefix(info.Main.Version, "v"):
		from = info.Main.Path + "@" + info.Main.Version
	}
	with := info.GoVersion
	if with == "" {
		with = runtime.Version()
	}
	return fmt.Sprintf("from %s, with %s for %s/%s", from, with, runtime.GOOS, runtime.GOARCH)
}

func schemaLine(label string, schemas []doc.Schema) string {
	if len(schemas) == 0 {
		return ""
	}
	for _, s := range schemas {
		label += " " + string(s)
	}
	return label + "\n"
}
