// Package cut pulls the plug: it breaks a run of hk-apply, in its connection, its
// processes, its host and its host's disks, at every step boundary and in between,
// and looks at what is left with its own eyes. The same plan applied again must end
// in what an uncut run ends in.
//
// HOSTKIT_CUTS is how many cuts at random bytes are made beside those at the
// boundaries: so many that there are more than 200, and at least 50. HOSTKIT_KILLS
// and HOSTKIT_TROUBLES are how often each of these is made. HOSTKIT_CUT_SEED is what
// chooses all of them; a run prints it.
package cut
