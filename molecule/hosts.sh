#!/bin/bash
# Real hosts on one machine: each has its own root file system (an overlay on ours), processes, host name and sshd on a
# loopback address. No container engine; needs root, sshd, unshare, overlayfs.
#
#   hosts.sh up   STATE NAME=ADDRESS[,SHELL] ...   SHELL is sh's implementation there: bash, dash or busybox
#   hosts.sh down STATE
#   hosts.sh again STATE NAME=ADDRESS              starts a host whose processes were killed
#
# STATE gets the client's key, known_hosts and a folder for each host. A host's PATH has the tools of its shell only:
# no python, no perl. Besides root a user `visitor` may log in, who has no rights. HOST_SIZE (default 64m) limits what
# can be written on a host, HOST_PORT (2222) is where sshd listens.
set -euo pipefail

size=${HOST_SIZE:-64m}
port=${HOST_PORT:-2222}
tools=/opt/host/bin

die() {
    echo "hosts.sh: $*" >&2
    exit 1
}

# Inside the new namespaces, as their first process.
boot() {
    local name=$1 root=$2 address=$3
    hostname "$name"
    mount --make-rprivate /
    mount -t proc proc "$root/proc"
    mount -t tmpfs -o mode=755 devices "$root/dev"
    mkdir "$root/dev/pts" "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
    mount -t tmpfs shm "$root/dev/shm"
    ln -s pts/ptmx "$root/dev/ptmx"
    ln -s /proc/self/fd "$root/dev/fd"
    local device
    for device in null:3 zero:5 full:7 random:8 urandom:9; do
        mknod -m 666 "$root/dev/${device%:*}" c 1 "${device#*:}"
    done
    mknod -m 666 "$root/dev/tty" c 5 0
    mount -t tmpfs -o mode=755 run "$root/run"
    mount -t tmpfs -o mode=1777 tmp "$root/tmp"
    mkdir -p "$root/run/sshd"
    exec chroot "$root" "$(command -v sshd || echo /usr/sbin/sshd)" -D -e -f /opt/host/sshd_config -o "ListenAddress=$address:$port"
}

# What the host's own commands are: everything of coreutils' kind, and a sh of the asked kind.
furnish() {
    local root=$1 shell=$2 tool
    mkdir -p "$root$tools"
    if [ "$shell" = busybox ]; then
        local applet
        for applet in $(busybox --list); do
            ln -sf "$(command -v busybox)" "$root$tools/$applet"
        done
        ln -sf "$(command -v busybox)" "$root/usr/bin/sh"
    else
        for tool in base64 basename bash cat chgrp chmod chown cp curl cut date dd df dirname du env expr false find flock \
            grep gzip head hostname id kill ln ls mkdir mktemp mount mv nohup od ps readlink rm rmdir sed seq setsid sh \
            sha256sum sleep sort stat sync tail tar tee test timeout touch tr true umount uname uniq wc which xargs; do
            if command -v "$tool" >/dev/null; then
                ln -sf "$(type -P "$tool")" "$root$tools/$tool"
            fi
        done
        ln -sf "$(command -v "$shell")" "$root/usr/bin/sh"
        ln -sf "$(command -v "$shell")" "$root$tools/sh"
    fi
}

bring_up() {
    local state=$1 name=$2 address=$3 shell=$4
    local home=$state/hosts/$name
    local root=$home/root
    mkdir -p "$home/writable" "$root"
    mount -t tmpfs -o "size=$size,mode=755" "host-$name" "$home/writable"
    mkdir "$home/writable/upper" "$home/writable/work"
    mount -t overlay "host-$name" -o "lowerdir=/,upperdir=$home/writable/upper,workdir=$home/writable/work" "$root"
    furnish "$root" "$shell"
    install -m 600 "$state/host_key" "$root/opt/host/host_key"
    install -m 644 "$state/key.pub" "$root/opt/host/authorized_keys"
    cat >"$root/opt/host/sshd_config" <<CONFIG
HostKey /opt/host/host_key
AuthorizedKeysFile /opt/host/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
UseDNS no
StrictModes no
PidFile none
MaxStartups 200
MaxSessions 200
SetEnv PATH=$tools
Subsystem sftp internal-sftp
CONFIG
    sed -i "s|^root:\(.*\):[^:]*$|root:\1:/bin/sh|" "$root/etc/passwd"
    echo 'visitor:*:4242:4242::/tmp:/bin/sh' >>"$root/etc/passwd"
    printf '[%s]:%s %s\n' "$address" "$port" "$(cut -d' ' -f1,2 "$state/host_key.pub")" >>"$state/known_hosts"
    start "$state" "$name" "$address"
}

start() {
    local home=$1/hosts/$2
    # unshare ends with its child, and takes every process of the host with it when it is killed.
    setsid unshare --mount --pid --uts --ipc --fork --kill-child bash -c 'boot "$@"' boot "$2" "$home/root" "$3" \
        </dev/null >>"$home/log" 2>&1 &
    echo $! >"$home/pid"
}

wait_for() {
    local state=$1 address=$2 try
    for try in $(seq 100); do
        if ssh -F none -o BatchMode=yes -o ConnectTimeout=2 -o "UserKnownHostsFile=$state/known_hosts" -i "$state/key" -p "$port" \
            "root@$address" true 2>/dev/null; then
            return
        fi
        sleep 0.1
    done
    die "no ssh on $address:$port after $try tries; see the log files in $state/hosts"
}

# After the power went: what was on the host's disk is there again.
again() {
    start "$1" "${2%%=*}" "${2#*=}"
    wait_for "$1" "${2#*=}"
}

up() {
    local state=$1 host name address shell
    shift
    [ "$(id -u)" = 0 ] || die "needs root: namespaces and overlay mounts"
    mkdir -p "$state/hosts"
    chmod 700 "$state"
    [ -f "$state/key" ] || ssh-keygen -q -t ed25519 -N '' -f "$state/key"
    [ -f "$state/host_key" ] || ssh-keygen -q -t ed25519 -N '' -f "$state/host_key"
    : >"$state/known_hosts"
    for host in "$@"; do
        name=${host%%=*} address=${host#*=}
        shell=${address#*,}
        [ "$shell" != "$address" ] || shell=bash
        bring_up "$state" "$name" "${address%%,*}" "$shell"
    done
    for host in "$@"; do
        address=${host#*=}
        wait_for "$state" "${address%%,*}"
    done
}

down() {
    local home
    for home in "$1"/hosts/*/; do
        home=${home%/}
        [ -d "$home" ] || continue
        if [ -s "$home/pid" ]; then
            kill -KILL "$(<"$home/pid")" 2>/dev/null || true
        fi
        umount -l "$home/root" 2>/dev/null || true
        umount -l "$home/writable" 2>/dev/null || true
        rm -rf --one-file-system "$home"
    done
}

export -f boot
export port
case ${1:-} in
up | down | again) "$@" ;;
*) die "say up, down or again" ;;
esac
