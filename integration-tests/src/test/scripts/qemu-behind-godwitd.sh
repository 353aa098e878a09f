#!/bin/bash
# qemu-behind-godwitd.sh LAUNCH DIRECTORY ARGUMENT...: starts what libvirt takes for QEMU. It is one, but at the monitor socket that
# libvirt has made for it a godwitd listens, and passes on. A QEMU that libvirt only asks what it can do is just started.
set -eu
launch=$1 directory=$2
shift 2
monitor=$directory/behind-$$.qmp
socket=
arguments=()
for argument in "$@"; do
    if [[ $argument =~ ^socket,id=charmonitor,fd=([0-9]+), ]]; then
        socket=${BASH_REMATCH[1]}
        argument="socket,id=charmonitor,path=$monitor,server=on,wait=off"
    fi
    arguments+=("$argument")
done
if [[ -n $socket ]]; then
    (
        for ((i = 0; i < 600; i++)); do [[ -S $monitor ]] && break; sleep 0.1; done
        exec "$launch" godwitd --qemu "unix:$monitor" --qmp "fd:$socket"
    ) </dev/null >>"$directory/godwitd.log" 2>&1 &
    eval "exec $socket>&-"
fi
exec qemu-system-x86_64 "${arguments[@]}"
