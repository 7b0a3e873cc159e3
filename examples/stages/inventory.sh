#!/bin/sh
# Makes the hosts of a config out of lines "name,address".
# usage: inventory.sh <hosts.csv
exec jq -Rn '{
	schema: "hostkit.config/v1",
	project: "shop",
	hosts: [inputs | select(. != "") / "," | {(.[0]): {hostname: .[1], user: "root"}}] | add
}'
