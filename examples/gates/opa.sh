#!/bin/bash
# Passes plans on. One that a policy denies goes on as an error of its host.
# usage: opa.sh POLICIES <plans
set -euo pipefail
jq -c . | while IFS= read -r plan; do
	why=$(opa eval --fail --stdin-input --data "$1" --format raw data.hostkit.deny <<<"$plan")
	jq -c --argjson why "$why" 'if .error or $why == [] then . else
		{schema: "hostkit.host/v1", project, host,
		 error: {stage: "gate", code: "denied", message: ($why | join("; ")), exit: 3}} end' <<<"$plan"
done
