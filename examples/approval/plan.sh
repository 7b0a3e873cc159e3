#!/bin/bash
# Makes plan.json: what config.json comes to on all hosts, with the names in the lock.
set -euo pipefail
lock=host_kit.package.lock
hk-eval config.json | hk-facts --all --package-lock "$lock" | hk-plan --package-lock "$lock" --out plan.json
