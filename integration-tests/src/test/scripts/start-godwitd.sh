#!/bin/sh
# Starts godwitd as the recorded conversations want it:
#   start-godwitd.sh SOCKET paused|running|incoming MEMORY-MIB DIRECTORY none|NODE:SIZE-MIB,...
# A guest with disks has a qemu-storage-daemon for them, which ends with it.
set -eu
launch=$(dirname "$0")/../../../../packaging/launch
socket=$1 state=$2 memory=$3 dir=$4 disks=$5
set -- --qmp "unix:$socket" -m "$memory"
case $state in
    paused) set -- "$@" -S ;;
    running) ;;
    incoming) set -- "$@" --incoming defer ;;
    *) echo "unknown state $state" >&2; exit 2 ;;
esac
if [ "$disks" != none ]; then
    block="$dir/block.sock"
    set -- "$@" --block-qmp "unix:$block"
    nodes=
    for disk in $(echo "$disks" | tr , ' '); do
        node=${disk%%:*}
        qemu-img create -q -f qcow2 "$dir/$node.qcow2" "${disk##*:}M"
        nodes="$nodes --blockdev driver=file,node-name=$node-file,filename=$dir/$node.qcow2"
        nodes="$nodes --blockdev driver=qcow2,node-name=$node,file=$node-file"
        # An overlay that nobody uses is gone as soon as it is made.
        nodes="$nodes --export type=nbd,id=$node-export,node-name=$node,writable=on"
    done
    # shellcheck disable=SC2086 # made of words above, none of which has a space
    setpriv --pdeathsig KILL qemu-storage-daemon --chardev "socket,path=$block,server=on,wait=off,id=qmp" --monitor qmp \
        --nbd-server "addr.type=unix,addr.path=$dir/nbd.sock" $nodes &
    while [ ! -S "$block" ]; do sleep 0.02; done
fi
exec "$launch" godwitd "$@"
