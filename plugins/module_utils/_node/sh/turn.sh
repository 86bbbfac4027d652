# shellcheck shell=sh disable=SC2034,SC2153 # the parts are joined: each uses the others' variables
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The node program, part 9: one visit at a time. Two rollouts, or ssh that tries again while the first attempt still runs
# here, must not put a switch between another's switch and its reload. A visit that changes this node holds a link whose
# target names its process; a link is made with its target or not at all, and no flock is needed. Nodes that share a
# plugin root have a link each.

# What names this node among those that share its plugin root.
ko_own_name() {
    ko_left=$KO_CONTAINER$KO_PREFIX
    while :; do
        case $ko_left in *[!A-Za-z0-9._-]*) ;; *) break ;; esac
        printf '%s_' "${ko_left%%[!A-Za-z0-9._-]*}"
        ko_left=${ko_left#*[!A-Za-z0-9._-]}
    done
    printf '%s' "$ko_left"
}

# Waits until no other visit changes this node, at most KO_TIMEOUT seconds. Where the link cannot be made at all (a full
# disk, no rights) the visit goes on: it cannot switch anything either, and says why itself.
ko_take_turn() {
    case $KO_STATE in
        reloaded | disabled) ;;
        *) [ -d "$KO_ROOT" ] || mkdir -p -- "$KO_ROOT/releases" "$KO_ROOT/kong/plugins" 2>/dev/null ;;
    esac
    [ -d "$KO_ROOT" ] && ko_stat "$$" && ko_boot_id || return 0
    ko_turn=$KO_ROOT/.visit.$(ko_own_name)
    ko_me=$$:$KO_START:$KO_BOOT
    ko_clock
    ko_until=$((KO_NOW + KO_TIMEOUT * 100)) ko_unmade=0
    until ln -s -- "$ko_me" "$ko_turn" 2>/dev/null; do
        if ! ko_other=$(readlink -- "$ko_turn"); then
            ko_unmade=$((ko_unmade + 1))
            [ "$ko_unmade" -lt 3 ] || return 0
        elif ! ko_visits "$ko_other"; then
            ko_set_aside "$ko_other" || { ko_unmade=$((ko_unmade + 1)) && [ "$ko_unmade" -lt 3 ]; } || return 0
        else
            ko_unmade=0
            ko_clock
            [ "$KO_NOW" -lt "$ko_until" ] || ko_fail busy "another visit of this node is under way, process \
${ko_other%%:*}, and did not end within $KO_TIMEOUT s. This one has changed nothing. See whether another rollout runs, \
and try again"
            ko_nap
        fi
    done
    KO_TURN=$ko_turn
}

ko_boot_id() {
    { read -r KO_BOOT </proc/sys/kernel/random/boot_id; } 2>/dev/null
}

# ko_visits PID:START:BOOT: true while that process lives.
ko_visits() {
    ko_its_pid=${1%%:*} ko_its_start=${1#*:}
    [ "${ko_its_start#*:}" = "$KO_BOOT" ] && ko_stat "$ko_its_pid" && [ "$KO_START" = "${ko_its_start%%:*}" ]
}

# ko_set_aside WHOSE: takes away the link of a visit that was killed. Of two that see it, one may come when the other
# has its own link there already, and puts that back. Status 1: it cannot be taken away, or another came first.
ko_set_aside() {
    ko_aside=$ko_turn.$KO_RUN.$$
    mv -- "$ko_turn" "$ko_aside" 2>/dev/null || return 1
    ko_moved=$(readlink -- "$ko_aside")
    [ "$ko_moved" = "$1" ] || ln -s -- "$ko_moved" "$ko_turn" 2>/dev/null
    rm -f -- "$ko_aside"
}
