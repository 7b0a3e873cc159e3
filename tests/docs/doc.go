// Package docs proves the documentation: every fenced block of every Markdown file
// of the repository is run, or validated where it can't be run.
//
// A page is a file *.md. What the pages of the reference are generated from
// (manual.md, login.md, hostkit.md, intro.md) are none.
//
// # Blocks
//
// The blocks of a page are one session: in order, in one bash with pipefail, in one
// fresh folder, with our commands first in PATH and a HOME of its own. What a block
// leaves behind (files, variables, the working folder) is there for the next.
//
//   - console: a line that begins with "$ " is typed; lines behind it that begin with
//     "> " continue it. What follows up to the next is what it says, stdout and stderr
//     in one. A status that is not 0 is told by a last line "[exit status 3]".
//   - sh: is run as it stands, and stops at the first command that fails.
//   - json, jsonnet, yaml, rego, sh, text with a NAME behind it (```json config.json):
//     is written to that file.
//   - json: is parsed as strictly as our commands parse. Where it has a `schema` it is
//     validated, and a config is evaluated too, from the page's own folder.
//   - jsonnet, yaml: are parsed.
//   - text: stands for itself: a drawing, a list of files. It holds no typed commands.
//
// No other language is known, and a block without one is refused.
//
// # What is compared
//
// "…" in a line of output stands for anything, and a line that is only "…" for any
// number of lines, also none. What is different each time is the same to the test:
// fingerprints, digests, public keys, points in time, how long something took, and the
// versions of Debian packages. So a page may show what was really seen. That something
// is still under way may be said or not.
// Lab hosts stand in the output with the addresses below, HOME as /home/anna.
//
// # Comments that say more
//
// They are comments of Markdown, which no reader sees. Those of a block stand above it.
//
//   - <!-- doc: not run: REASON --> the block is not run. Its syntax is checked all
//     the same, and the flags of every hk-command in it. JSON is not validated.
//   - <!-- doc: in services.web --> the JSON below is a part of a config, the members
//     of what stands there or a whole object, and is validated as standing there.
//     `in plan.changes[]`, with the name of a document, is a part of that document.
//   - <!-- doc: hosts server db:password --> at the beginning of a page: lab hosts, that
//     `ssh server`, server.example.org and 203.0.113.10 reach (db: 203.0.113.11, and so
//     on), as root with the key ~/.ssh/id_ed25519. Behind a colon, separated by commas,
//     stand: password (login by password alone; it stands in HOSTKIT_SSH_PASSWORD, and
//     is what ssh is told when it asks), unknown (its key stands in no known_hosts; ssh
//     is told yes when it asks), no-index (apt has no package lists), systemd, dnf,
//     zypper, pacman.
//   - <!-- doc: files keys/pgdg.asc --> at the beginning of a page: files, or folders,
//     beside the page that are copied into its session's folder.
//   - <!-- doc: programs opa -->: commands, each built from the module tests/NAME;
//     mise is a file, which lies in the session's folder.
//   - <!-- doc: run: COMMANDS --> commands that a reader is not told of, and that
//     set the scene, or check what was said: a block sh that is not shown. May be
//     several lines long.
//
// # What else is checked
//
// Every page can be reached from README.md by links. Every relative link leads to a
// file, and its #anchor to a heading. A code span that begins with an hk-command has
// flags which that command has, and `make` targets that the Makefile has.
//
// `go test ./tests/docs -run Pages/examples/triggers.md` runs one page. With -update
// the output of its console blocks is written anew where it differs.
package docs
