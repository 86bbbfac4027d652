# shellcheck shell=sh disable=SC2034,SC2153 # the parts are joined: each uses the others' variables
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The node program, part 5: reload and observe. It reports what it saw; verdict.py judges. Here only as much is judged
# as the same visit must act on: undo a release that did not load, reload again when a payload may have been lost.

# Sends the reload; its output on standard output. Status 124: it did not return in time.
ko_send_reload() {
    case $KO_KIND in
        package) set -- "$KO_KONG" reload ;;
        systemd) set -- systemctl reload "$KO_UNIT" ;;
        container) set -- "$KO_ENGINE" exec "$KO_CONTAINER" "$KO_KONG" reload ;;
        command) set -- sh -c "$KO_COMMAND" ;;
    esac
    case $KO_KIND in
        package | container)
            [ -z "$KO_CONF" ] || set -- "$@" -c "$KO_CONF"
            [ "$KO_PREFIX_GIVEN" = no ] || set -- "$@" -p "$KO_PREFIX"
            ;;
    esac
    ko_bounded "$KO_TIMEOUT" "$@"
}

# ko_shows PATTERN: true when the log since KO_MARK has such a line.
ko_shows() {
    [ -n "$KO_MARK" ] && ko_since "$KO_MARK" | grep -q "$1"
}

ko_broken() {
    ko_shows 'init_by_lua error' || ko_shows 'worker initialization error'
}

ko_in_time() {
    ko_clock
    [ "$KO_NOW" -lt "$KO_DEADLINE" ]
}

# ko_renewed OLD: true when workers serve and none of the old ones does.
ko_renewed() {
    ko_workers
    [ -n "$KO_WORKERS" ] || return 1
    for ko_pid in $KO_WORKERS; do
        case " $1 " in *" $ko_pid "*) return 1 ;; esac
    done
}

# ko_reload_once NUMBER ROLE: one reload watched to its end. Pids first, then ready, then hash: just after the command
# returns, ready still is the old workers' answer (kong-data-plane.md 5 E, F). KO_LOADED: yes | no | unknown.
ko_reload_once() {
    KO_LOADED=unknown
    ko_workers
    ko_old=$KO_WORKERS
    ko_hash || :
    KO_HASH_BEFORE=$KO_HASH
    ko_http /status/ready || :
    ko_ready_before=$KO_CODE$KO_BODY
    KO_MARK=$(ko_mark)
    ko_clock
    ko_began=$KO_NOW
    KO_DEADLINE=$((KO_NOW + KO_TIMEOUT * 100))
    ko_say seen.role "$1" "$2"
    # To a file: what the command starts may keep a pipe open for as long as Kong lives.
    # After a switch, having no place for it is no reason to stop.
    ko_output=$(mktemp 2>/dev/null) || ko_output=$(mktemp "$KO_ROOT/tmp.XXXXXX" 2>/dev/null) || ko_output=/dev/null
    KO_STAGED="$KO_STAGED $ko_output"
    ko_send_reload >"$ko_output" 2>&1
    ko_code=$?
    ko_say seen.rc "$1" "$ko_code"
    ko_text seen.output "$1" 4096 <"$ko_output"
    case $ko_code in
        0 | 124) ;;
        *) KO_LOADED=no ;;
    esac
    ko_new=no
    while [ "$KO_LOADED" != no ] && ko_in_time; do
        if ko_renewed "$ko_old"; then
            ko_new=yes && break
        elif ko_broken; then
            KO_LOADED=no && break
        fi
        ko_nap
    done
    ko_say seen.old "$1" "$ko_old"
    ko_say seen.new "$1" "$ko_new"
    if [ "$ko_new" = yes ]; then
        ko_wait_ready
        [ "$KO_LOADED" = no ] || ko_settle
    fi
    ko_report "$1"
}

# Until ready, or broken, or late. Without a Status API new workers are all that can be seen. A node that was not ready
# before, for the same reason (no configuration yet), is not waited for until the end.
ko_wait_ready() {
    ko_clock
    ko_until=$((KO_NOW + KO_SETTLE * 100 + 100))
    while ko_in_time; do
        ko_http /status/ready || :
        if [ "$KO_CODE" = 200 ]; then
            KO_LOADED=yes && return
        elif ko_broken; then
            KO_LOADED=no && return
        elif [ -z "$KO_STATUS" ] || [ -n "$KO_UNABLE" ]; then
            return
        elif [ "$KO_NOW" -ge "$ko_until" ] && [ "$KO_CODE$KO_BODY" = "$ko_ready_before" ]; then
            return
        fi
        ko_nap
    done
}

# A payload that waits at the control plane arrives when the new workers connect, a second or so after ready, and may
# be lost (5 A). Nothing can wait there when the node has the hash that the control plane expects.
ko_settle() {
    [ -n "$KO_HASH_BEFORE" ] && [ "$KO_HASH_BEFORE" != "$KO_EXPECTED" ] || return 0
    ko_clock
    ko_until=$((KO_NOW + KO_SETTLE * 100))
    while [ "$KO_NOW" -lt "$ko_until" ] && ko_hash && [ "$KO_HASH" = "$KO_HASH_BEFORE" ]; do
        ko_nap
        ko_clock
    done
}

# ko_report NUMBER: the state at the end of a reload or of a wait.
ko_report() {
    ko_workers
    ko_hash || :
    ko_http /status/ready || :
    ko_say seen.running "$1" "${KO_MASTER:+yes}"
    ko_say seen.workers "$1" "$KO_WORKERS"
    ko_say seen.lingering "$1" "$KO_LINGERING"
    ko_say seen.hash_before "$1" "$KO_HASH_BEFORE"
    ko_say seen.hash_after "$1" "$KO_HASH"
    [ -z "$KO_CODE" ] || ko_say seen.ready "$1" "$KO_CODE $KO_BODY"
    ko_say seen.status_api "$1" "$KO_STATUS"
    [ -z "$KO_UNABLE" ] || ko_say seen.unable "$1" "$KO_UNABLE"
    ko_say seen.log_kind "$1" "$KO_LOG_KIND"
    ko_say seen.mark "$1" "$KO_MARK"
    ko_since "$KO_MARK" | ko_telling | ko_text seen.log "$1" 65536
    ko_say seen.end "$1" "$(ko_mark)"
    ko_clock
    ko_say seen.took "$1" "$((KO_NOW - ko_began))"
}

# Reload, and once more when the hash changed across it.
ko_reload() {
    ko_workers
    if [ -z "$KO_MASTER" ]; then
        ko_say idle - yes
        return 0
    fi
    ko_reload_once 1 reload
    ko_again 2
    [ "$KO_LOADED" != yes ] || ko_note_loaded
}

ko_again() {
    if [ "$KO_LOADED" != no ] && [ -n "$KO_HASH_BEFORE" ] && [ -n "$KO_HASH" ] && [ "$KO_HASH_BEFORE" != "$KO_HASH" ]; then
        ko_reload_once "$1" again
    fi
}

# After a switch, or when an earlier visit was cut between its switch and its reload.
ko_prove_switch() {
    ko_workers
    if [ -z "$KO_MASTER" ]; then
        ko_say idle - yes
        return 0
    fi
    # What was refused since the operator last looked, before this visit's own reading begins.
    [ -z "$KO_SINCE" ] || ko_since "$KO_SINCE" | ko_telling | ko_text earlier - 65536
    if [ -z "$KO_UNDO$KO_ENABLED" ] && [ "$KO_STATE" != absent ] && ko_all_loaded; then
        return 0
    fi
    ko_serving=$KO_GENERATION
    ko_reload_once 1 reload
    if [ "$KO_LOADED" = no ] && [ "$KO_ON_FAILURE" = undo ] && [ -n "$KO_UNDO$KO_ENABLED" ]; then
        ko_untouched || ko_serving=
        ko_undo
        # A failed reload leaves ready at 503 although the old workers serve; only a good one clears it (5 B).
        ko_reload_once 2 undo
        # Workers that outlived both run what is live again, and neither the link nor its record would tell.
        ko_workers
        [ "$KO_LOADED" = yes ] || [ "${ko_serving:-none}" != "$KO_GENERATION" ] || ko_note_loaded
    else
        ko_again 2
    fi
    [ "$KO_LOADED" != yes ] || ko_note_loaded
}

# True when the workers run what was live before this visit.
ko_untouched() {
    for ko_entry in $KO_UNDO; do
        ko_was=${ko_entry#*:}
        ko_runs "${ko_entry%%:*}"
        [ "$KO_RUNS" = "${ko_was%%:*}" ] || return 1
    done
}

# Back to what was live before this visit.
ko_undo() {
    for ko_entry in $KO_UNDO; do
        ko_name=${ko_entry%%:*} ko_was=${ko_entry#*:}
        ko_before=${ko_was#*:} ko_was=${ko_was%%:*}
        if [ "$ko_was" = none ]; then
            ko_try undo "take $ko_name away again" rm -f -- "$KO_ROOT/kong/plugins/$ko_name"
        else
            ko_point "$ko_name" "$ko_was"
            if [ -n "$ko_before" ]; then
                ko_remember "$ko_name" "$ko_before"
            else
                # Else going back would find itself there already.
                ko_try undo "forget what was before $ko_name" rm -f -- "$KO_ROOT/releases/$ko_name/previous"
            fi
        fi
        ko_say undone "$ko_name" "$ko_was"
    done
    KO_UNDO=
    [ -z "$KO_ENABLED" ] || ko_disable
    ko_flush
}

# Which releases the workers of this node are known to run: for several nodes on one plugin root, one note each.
ko_note_name() {
    printf '%s/loaded/%s' "$KO_ROOT" "$(ko_own_name)"
}

ko_note_loaded() {
    [ -d "$KO_ROOT/releases" ] && mkdir -p "$KO_ROOT/loaded" 2>/dev/null || return 0
    ko_workers
    ko_note=$(ko_note_name)
    {
        printf '%s\n' "$KO_GENERATION"
        find "$KO_ROOT/releases" -maxdepth 1 -mindepth 1 -type d | sed 's,.*/,,' | while read -r ko_name; do
            ko_live "$ko_name"
            printf '%s %s\n' "$ko_name" "$KO_LIVE"
        done
    } >"$ko_note.$KO_RUN.$$" 2>/dev/null && mv -f -- "$ko_note.$KO_RUN.$$" "$ko_note"
}

# True when the workers are known to run the live release of every plugin of this visit.
ko_all_loaded() {
    for ko_name in $KO_NAMES; do
        ko_runs "$ko_name"
        [ "$KO_RUNS" = "$KO_LIVE" ] || return 1
    done
}

# ko_runs NAME: KO_RUNS = digest of the release that the workers run, or nothing where that is not known. By the note
# when the workers are still those it speaks of; else by their age, in whole seconds, so that a doubtful second means a
# reload more and never one too few: workers older than the link run what was live before. Going back keeps the record of
# what was before, so that where this is the live release itself, nothing is known.
ko_runs() {
    ko_live "$1"
    KO_RUNS=
    ko_note=$(ko_note_name)
    if [ -r "$ko_note" ] && [ "$(head -n 1 "$ko_note")" = "$KO_GENERATION" ]; then
        KO_RUNS=$(sed -n "s/^$1 //p" "$ko_note" | head -n 1)
    elif ko_all_younger "$KO_ROOT/kong/plugins/$1"; then
        KO_RUNS=$KO_LIVE
    else
        KO_RUNS=$(ko_previous "$1")
        [ "$KO_RUNS" != "$KO_LIVE" ] || KO_RUNS=
    fi
}

# ko_all_younger PATH: true when every worker certainly started after the link was made.
ko_all_younger() {
    ko_linked=$(stat -c %Y -- "$1" 2>/dev/null) || return 1
    ko_boot=$(sed -n 's/^btime //p' /proc/stat)
    ko_ticks=$(getconf CLK_TCK 2>/dev/null || echo 100)
    for ko_pid in $KO_WORKERS; do
        ko_stat "$ko_pid" || return 1
        [ "$((ko_boot + KO_START / ko_ticks))" -gt "$((ko_linked + 1))" ] || return 1
    done
}

# Waits, without touching anything, until the node shows the expected hash and is ready, or rejects a payload.
ko_observe() {
    ko_clock
    ko_began=$KO_NOW
    KO_DEADLINE=$((KO_NOW + KO_TIMEOUT * 100))
    KO_MARK=$KO_SINCE KO_HASH_BEFORE=$KO_BASELINE
    [ -n "$KO_MARK" ] || KO_MARK=$(ko_mark)
    ko_say seen.role 1 observe
    while ko_in_time; do
        ko_hash || :
        ko_http /status/ready || :
        if [ "$KO_CODE" = 200 ] && { [ -z "$KO_EXPECTED" ] || [ "$KO_HASH" = "$KO_EXPECTED" ]; }; then
            break
        elif [ -z "$KO_CODE" ] && { [ -z "$KO_STATUS" ] || [ -n "$KO_UNABLE" ]; }; then
            break
        elif ko_broken || ko_shows 'unable to update running config'; then
            break
        fi
        ko_nap
    done
    ko_report 1
}
