package hostkit

approved := {
	"https://apt.postgresql.org/pub/repos/apt",
	"https://deb.debian.org/debian",
}

# Packages come from approved repositories only.
deny contains message if {
	some change in input.changes
	some source in change.after.sources
	uri := split(source, " ")[0]
	not uri in approved
	message := sprintf("%s: %s is not an approved repository", [change.address, uri])
}
