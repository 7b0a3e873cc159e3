package mise

import "slices"

// built are the packages, by the names that configs have for them, that a tool is
// built with where there is no download of it: on most distributions mise builds
// erlang with kerl. A tool is listed only when its packages have names in the
// table of pkg/names for every family, and with where its needs are said.
//
// Most tools are downloads and need nothing: node, go, deno, elixir, and since
// 2026.8 python and ruby.
var built = []struct {
	tool     string
	packages []string
	// source is where it is said.
	source string
}{
	{
		"erlang",
		[]string{"autoconf", "c_compiler", "curl", "cxx_compiler", "git", "m4", "make", "ncurses_dev", "openssl_dev", "perl", "tar"},
		"https://www.erlang.org/doc/system/install.html (required utilities), https://github.com/kerl/kerl (curl, git), https://mise.jdx.dev/lang/erlang.html (kerl)",
	},
}

// BuildPackages are the packages that a tool is built with, sorted.
func BuildPackages(tool string) []string {
	for _, b := range built {
		if b.tool == tool {
			return slices.Clone(b.packages)
		}
	}
	return nil
}

// BuiltTools are the tools that have any.
func BuiltTools() []string {
	names := make([]string, len(built))
	for i, b := range built {
		names[i] = b.tool
	}
	return names
}
