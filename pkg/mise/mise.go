// Package mise knows mise (https://mise.jdx.dev), which installs developer tools:
// which release of it a host gets, which of the release's builds runs there, and
// the scripts that fetch it.
//
// Everything is decided offline. A release is known by the checksums of its
// builds, so one without a checksum is refused: the config's own, the lock's, or
// else the release that this package embeds.
package mise

// Kind is the kind of resource that is the program itself.
const Kind = "mise"
