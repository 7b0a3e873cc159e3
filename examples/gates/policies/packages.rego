package hostkit

# Nobody deletes packages of a database host.
deny contains message if {
	startswith(input.host.name, "db")
	some change in input.changes
	change.kind == "package"
	change.action == "delete"
	message := sprintf("%s: packages of database hosts stay", [change.address])
}
