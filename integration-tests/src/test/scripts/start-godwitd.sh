#!/bin/sh
# Starts godwitd as the recorded conversations want it: start-godwitd.sh SOCKET paused|running|incoming MEMORY-MIB
set -eu
launch=$(dirname "$0")/../../../../packaging/launch
socket=$1 state=$2 memory=$3
set -- --qmp "unix:$socket" -m "$memory"
case $state in
    paused) set -- "$@" -S ;;
    running) ;;
    incoming) set -- "$@" --incoming defer ;;
    *) echo "unknown state $state" >&2; exit 2 ;;
esac
exec "$launch" godwitd "$@"
