package hostkit

# No file is writable by everybody.
deny contains message if {
	some change in input.changes
	change.kind == "file"
	regex.match(`[2367]$`, change.after.mode)
	message := sprintf("%s: everybody could write it", [change.address])
}
