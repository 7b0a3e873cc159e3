// Package cut pulls the plug: it breaks a run of hk-apply, in its connection, its
// processes, its host and its host's disks, at every step boundary and in between,
// and looks at what is left with its own eyes. The same plan applied again must end
// in what an uncut run ends in.
//
// HOSTKIT_CUTS is how many cuts at random bytes are made beside those at the
// boundaries (so many that there are more than 200, and at least 50), and HOSTKIT_CUT_SEED what chooses them; a run prints both.
package cut
