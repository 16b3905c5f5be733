#!/usr/bin/env bash
# Builds localhost/lambda-python:3.11: Debian's Python 3.11 laid out as AWS's base image lays out its own. The torch image
# is built on it where PyTorch's index is out of reach and a wheel for CPython 3.11 is at hand. Needs root and Debian's
# packages buildah, podman, runc and debootstrap. Does nothing when the image is already there.
set -euo pipefail
image=localhost/lambda-python:3.11
export BUILDAH_ISOLATION=chroot
buildah inspect --type image "$image" >/dev/null 2>&1 && { echo "$image is there"; exit 0; }
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=python3,python3-pip,ca-certificates bookworm "$root" >/dev/null
rm -f "$root"/usr/lib/python3.11/EXTERNALLY-MANAGED
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
mkdir -p "$root"/var/task
printf '#!/bin/sh\nexec python3 -m awslambdaric "$@"\n' >"$root"/lambda-entrypoint.sh
chmod 755 "$root"/lambda-entrypoint.sh
container=$(buildah from scratch)
buildah add -q "$container" "$root" / >/dev/null
buildah config --workingdir /var/task --env LAMBDA_TASK_ROOT=/var/task --env LANG=C.UTF-8 \
  --entrypoint '["/lambda-entrypoint.sh"]' "$container"
ca=/etc/ssl/certs/ca-certificates.crt
buildah run --network host --volume "$ca:$ca:ro" "$container" -- \
  python3 -m pip install -q --root-user-action=ignore awslambdaric==4.2.2
buildah commit -q "$container" "$image" >/dev/null
buildah rm "$container" >/dev/null
echo "built $image"
