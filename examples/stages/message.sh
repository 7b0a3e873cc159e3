#!/bin/sh
# Stands in for hk-eval: writes the document of a host that has a message.
# usage: message.sh HOST ADDRESS MESSAGE
exec jq -n --arg name "$1" --arg address "$2" --arg message "$3" '{
	schema: "hostkit.host/v1", project: "messages",
	host: {name: $name, hostname: $address, user: "root"},
	resources: [{address: "file:/etc/motd", kind: "file", name: "/etc/motd", service: "messages",
	             state: "present", content: "\($message)\n", declared_at: "message.sh"}]
}'
