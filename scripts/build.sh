#!/usr/bin/env bash
# Builds the commands for one platform: static, with the version and the revision
# that --version tells. Nothing else comes into them of the machine or its folders,
# so that the same source gives the same bytes.
# usage: build.sh PLATFORM FOLDER
#   PLATFORM  linux/amd64 or the like
set -euo pipefail
if [ $# -ne 2 ]; then
	printf 'usage: build.sh PLATFORM FOLDER\n' >&2
	exit 2
fi
mkdir -p "$2"
out=$(cd "$2" && pwd)
platform=$1
cd "$(dirname "$0")/.."

# Where there is no git, or it is somebody else's, there is no revision to tell.
vcs=false
! git rev-parse --verify -q HEAD >/dev/null 2>&1 || vcs=true
unset GOAMD64 GOARM64 GOEXPERIMENT
GOFLAGS='' CGO_ENABLED=0 GOOS=${platform%/*} GOARCH=${platform#*/} \
	go build -trimpath -buildvcs="$vcs" -ldflags "-s -w -X hostkit/pkg/cli.Version=$(bash scripts/version.sh)" -o "$out/" ./cmd/...
