package repologytest

// Examples gives the server projects with the forms and the traps that Repology
// has been seen to have.
func (s *Server) Examples() {
	// Several records of one repository, of which one says nothing of binaries, and
	// sonames with and without t64.
	s.Project("hiredis",
		Record{Repo: "debian_12", SubRepo: "main", SrcName: "hiredis", BinNames: []string{"libhiredis-dev", "libhiredis0.14"}, Version: "0.14.1", Status: "outdated"},
		Record{Repo: "debian_12", SubRepo: "security", SrcName: "hiredis", Version: "0.14.1", Status: "outdated"},
		Record{Repo: "ubuntu_24_04", SubRepo: "universe", SrcName: "hiredis", BinNames: []string{"libhiredis-dev", "libhiredis1.1.0t64"}, Version: "1.2.0", Status: "outdated"},
		Record{Repo: "fedora_43", SrcName: "hiredis", BinName: "hiredis", BinNames: []string{"hiredis", "hiredis-devel", "hiredis(x86-64)"}, Version: "1.2.0", Status: "newest", Summary: "Minimalistic C client library for Redis"},
		Record{Repo: "alpine_3_20", SrcName: "hiredis", BinName: "hiredis", Version: "1.2.0"},
		Record{Repo: "alpine_3_20", SrcName: "hiredis", BinName: "hiredis-dev", Version: "1.2.0"},
		Record{Repo: "arch", SrcName: "hiredis", BinName: "hiredis", Version: "1.3.0", Status: "newest"},
		Record{Repo: "nix_unstable", SrcName: "hiredis", VisibleName: "hiredis", Version: "1.3.0", Status: "newest"})
	// A binary that is called otherwise than the project, and is the only one.
	s.Project("fd-find", Record{Repo: "debian_12", SrcName: "rust-fd-find", BinNames: []string{"fd-find"}, Version: "8.6.0"})
	// A server and its clients, of two sources.
	s.Project("pgquarrel",
		Record{Repo: "debian_12", SrcName: "pgquarrel", BinNames: []string{"pgquarrel", "pgquarrel-tools"}, Version: "1.18.0"},
		Record{Repo: "epel_9", SrcName: "pgquarrel", BinNames: []string{"pgquarrel", "config(pgquarrel)"}, Version: "1.24"})
	// Several libraries that only a person can choose from.
	s.Project("lua-socket", Record{Repo: "debian_12", SrcName: "lua-socket-src", BinNames: []string{"lua-socket", "lua-socket-dev", "lua-sec"}, Version: "3.0"})
	s.Project("openldap", Record{Repo: "debian_12", SrcName: "openldap", BinNames: []string{"slapd", "ldap-utils", "libldap-2.5-0"}, Version: "2.5.13"})
	// A prefix in the project's name.
	s.Project("python:httpie", Record{Repo: "debian_12", SrcName: "httpie", BinNames: []string{"httpie"}, Version: "3.2.1"})
	// One upstream in two projects.
	s.Project("cabal-install", Record{Repo: "debian_12", SrcName: "haskell-cabal-install", BinNames: []string{"cabal"}, Version: "3.4"})
	s.Project("haskell:cabal-install", Record{Repo: "debian_12", SrcName: "cabal-install", BinNames: []string{"cabal"}, Version: "3.4", Status: "untrusted"})
	// A version that is wrong, of another program.
	s.Project("whereami",
		Record{Repo: "debian_12", SrcName: "whereami", BinNames: []string{"whereami"}, Version: "0.3", Status: "outdated"},
		Record{Repo: "debian_12", SrcName: "whereami-other", BinNames: []string{"whereami-other"}, Version: "2024", Status: "incorrect"})
	// What several rpm packages provide.
	s.Project("lighttpd", Record{Repo: "fedora_43", SrcName: "lighttpd", BinNames: []string{"lighttpd", "webserver"}, Version: "1.4"})
}
