# shellcheck shell=sh disable=SC2034,SC2153 # the parts are joined: each uses the others' variables
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The node program, part 1: how it answers, fails, hashes, decodes and runs things with a bound.
#
# The parts hold functions only. program.py joins them, adds the arguments and files as functions too, and calls
# kongops_main on the very last line: a stream that is cut anywhere runs nothing. Needs a POSIX shell and coreutils or
# busybox. Variables of ours start with KO_ (arguments and results) or ko_ (inside one function).

# ko_say KEY SUBJECT VALUE: one framed line of the answer; control characters never leave the node.
ko_say() {
    ko_value=$3
    case $ko_value in
        *[![:print:]]*) ko_value=$(printf '%s' "$ko_value" | tr '\n' ' ' | tr '\000-\037\177-\377' '?') ;;
    esac
    if [ "${#ko_value}" -gt 4096 ]; then
        ko_value=$(printf '%s' "$ko_value" | cut -c1-4096)
    fi
    printf '%s %s %s %s\n' "$KO_NONCE" "$1" "$2" "$ko_value"
}

# ko_text KEY SUBJECT BYTES: standard input as one framed line in base64, cut after so many bytes. The shell itself takes
# the line breaks out.
ko_text() {
    ko_packed=$(head -c "$3" | $KO_BASE64)
    printf '%s %s %s ' "$KO_NONCE" "$1" "$2"
    # shellcheck disable=SC2086
    printf '%s' $ko_packed
    printf '\n'
}

# ko_fail CODE MESSAGE: the end of a visit that could not do its work. The exit code stays 0: 255 would read as
# "unreachable", and the controller judges by the frames.
ko_fail() {
    ko_failure=$2
    if [ -n "$KO_UNDO" ]; then
        ko_failure="$2. Switched before that, and not proved to load:"
        for ko_entry in $KO_UNDO; do ko_failure="$ko_failure ${ko_entry%%:*}"; done
        ko_failure="$ko_failure. Mend the cause and run again, which finishes it, or go back"
    fi
    ko_say error "$1" "$ko_failure"
    ko_finish
}

ko_finish() {
    ko_tidy
    ko_say end - "$KO_STATE"
    exit 0
}

# Takes away what this visit staged and did not use, and last of all its turn.
ko_tidy() {
    set --
    for ko_leftover in $KO_STAGED; do
        # A path with a blank would have come apart; what is not named as ours is left alone.
        case $ko_leftover in /*/.kongops."$KO_RUN".* | /*/tmp.*) set -- "$@" "$ko_leftover" ;; esac
    done
    [ -z "$KO_COPY" ] || set -- "$@" "$KO_COPY"
    [ -z "$KO_TURN" ] || set -- "$@" "$KO_TURN"
    [ $# = 0 ] || rm -rf -- "$@"
    KO_STAGED='' KO_COPY='' KO_TURN=
}

ko_has() {
    command -v "$1" >/dev/null 2>&1
}

# Finds the tools whose names differ from system to system.
ko_tools() {
    KO_BETWEEN='  '
    if ko_has sha256sum; then
        KO_SHA256=sha256sum
    elif ko_has shasum; then
        KO_SHA256='shasum -a 256'
    elif ko_has openssl; then
        KO_SHA256='openssl dgst -sha256 -r' KO_BETWEEN=' *'
    else
        ko_fail tools 'neither sha256sum, shasum nor openssl is on this node'
    fi
    if ko_has base64; then
        KO_BASE64=base64 KO_UNBASE64='base64 -d'
    elif ko_has openssl; then
        KO_BASE64='openssl base64' KO_UNBASE64='openssl base64 -d'
    else
        ko_fail tools 'neither base64 nor openssl is on this node'
    fi
    for ko_tool in find mv ln readlink sed sort stat cut head tail tr df; do
        ko_has "$ko_tool" || ko_fail tools "the command $ko_tool is not on this node"
    done
}

# ko_try CODE WHAT COMMAND...: runs a command or ends the visit with what it said.
ko_try() {
    ko_code=$1 ko_what=$2
    shift 2
    ko_said=$("$@" 2>&1) || ko_fail "$ko_code" "cannot $ko_what: $ko_said"
}

# ko_manifest_of DIR all|rule: sorted "sha256  path" lines of the files in a directory; with "rule" only of those that
# belong to a release (names in KO_SKIP_DIRS and KO_SKIP_FILES, as manifest.py has them).
ko_manifest_of() (
    cd -- "$1" || exit 1
    ko_which=$2
    set -- . ! -name .
    if [ "$ko_which" = rule ]; then
        set -- "$@" '(' -name '.*'
        for ko_pattern in $KO_SKIP_DIRS; do set -- "$@" -o -type d -name "$ko_pattern"; done
        for ko_pattern in $KO_SKIP_FILES; do set -- "$@" -o ! -type d -name "$ko_pattern"; done
        set -- "$@" ')' -prune -o
    fi
    # shellcheck disable=SC2086
    find "$@" -type f -exec $KO_SHA256 {} + | sed 's,^\([0-9a-f]\{64\}\) [ *]\./,\1  ,' | sort
)

# Digest (64 hex digits) of the manifest on standard input.
ko_digest() {
    $KO_SHA256 | cut -c1-64
}

# Hundredths of a second since the machine started, in KO_NOW; no process is started for it.
ko_clock() {
    read -r KO_NOW _ </proc/uptime
    KO_NOW=${KO_NOW%.*}${KO_NOW#*.}
}

ko_nap() {
    sleep 0.1 2>/dev/null || sleep 1
}

# ko_bounded SECONDS COMMAND...: its output on standard output; status 124 when the time was up.
ko_bounded() {
    if [ -z "$KO_TIMER" ]; then
        KO_TIMER=no
        # That of busybox before 1.34 has no -k.
        ! ko_has timeout || ! timeout -k 1 1 true 2>/dev/null || KO_TIMER=timeout
    fi
    if [ "$KO_TIMER" = timeout ]; then
        ko_clock
        ko_limit=$((KO_NOW + $1 * 100))
        timeout -k 2 "$@" 2>&1
        ko_ended=$?
        ko_clock
        # busybox's timeout ends as the command that it killed does.
        case $ko_ended in 137 | 143) [ "$KO_NOW" -lt "$ko_limit" ] || ko_ended=124 ;; esac
        return "$ko_ended"
    fi
    ko_limit=$1
    shift
    "$@" 2>&1 &
    ko_child=$!
    ko_clock
    ko_until=$((KO_NOW + ko_limit * 100))
    while kill -0 "$ko_child" 2>/dev/null; do
        ko_clock
        if [ "$KO_NOW" -ge "$ko_until" ]; then
            kill -9 "$ko_child" 2>/dev/null
            return 124
        fi
        ko_nap
    done
    wait "$ko_child"
}

# Entry. Nothing before this line has done anything.
kongops_main() {
    exec </dev/null
    umask 022
    LC_ALL=C
    PATH=${PATH:-/bin:/usr/bin}:/usr/local/bin:/usr/sbin:/sbin:/usr/local/openresty/bin
    export LC_ALL PATH
    set -f
    KO_TURN='' KO_STAGED='' KO_COPY='' KO_TIMER='' KO_LINKS='' KO_WHOLE=' '
    KO_BEFORE_SET='' KO_RECREATE='' KO_UNIT_WRITTEN='' KO_UNDO='' KO_CHANGED='' KO_ADOPTED='' KO_UNIT_ASKED=
    KO_NEWLINE='
'
    printf '\n'
    ko_say begin - "$KO_PROTOCOL"
    ko_tools
    ko_settings
    case $KO_CHECK,$KO_STATE in yes,* | no,look | no,observed) ;; *) ko_take_turn ;; esac
    case $KO_CHECK,$KO_STATE in
        *,look) ;;
        yes,present | yes,rolled_back) [ "$KO_ENABLE" = no ] || ko_enable ;;
        *,disabled) ko_disabled ;;
        no,present | no,staged | no,rolled_back | no,absent) ko_release ;;
        no,reloaded) ko_reload ;;
        no,observed) ko_observe ;;
    esac
    [ "$KO_LOOK" = no ] || ko_look
    ko_finish
}
