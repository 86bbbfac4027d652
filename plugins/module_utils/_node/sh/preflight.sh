# shellcheck shell=sh disable=SC2016,SC2034,SC2153 # the parts are joined: each uses the others' variables
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The node program, part 8: preflight. Before anything is switched, this node's own LuaJIT compiles the files of the
# candidate, and its own `kong config parse` tries the planned instances on the candidate's schema (kong-data-plane.md
# 5 G). The instances hold secrets: they lie in memory where the system has a place for that, for one user, and are taken
# away however this ends.

# ko_in COMMAND...: runs it where Kong runs.
ko_in() {
    if [ "$KO_KIND" = container ]; then
        ko_bounded "$KO_TIMEOUT" "$KO_ENGINE" exec "$KO_CONTAINER" "$@"
    else
        ko_bounded "$KO_TIMEOUT" "$@"
    fi
}

# The candidate: a tree of links to the releases of this visit, to be searched before all others.
ko_candidate() {
    KO_CANDIDATE=$KO_ROOT/releases/.kongops.$KO_RUN.$$.candidate
    KO_STAGED="$KO_STAGED $KO_CANDIDATE"
    ko_try preflight "make $KO_CANDIDATE" mkdir -p -- "$KO_CANDIDATE/kong/plugins"
    for ko_name in $KO_NAMES; do
        kongops_plugin "$ko_name"
        ko_try preflight "link $ko_name" ln -s -- "../../../$ko_name/$KO_WANTED" "$KO_CANDIDATE/kong/plugins/$ko_name"
    done
}

# ko_preflight: ends the visit with nothing switched where the candidate is refused.
ko_preflight() {
    [ "$KO_PREFLIGHT" = yes ] || return 0
    ko_candidate
    ko_compile
    [ "$KO_PREFLIGHT" = yes ] && ko_parse
    rm -rf -- "$KO_CANDIDATE"
    [ "$KO_PREFLIGHT" != refused ] || ko_finish
}

# Compiles, and runs nothing of it: what a file does when it is loaded needs a whole Kong around it.
ko_compile() {
    for ko_lua in luajit /usr/local/openresty/luajit/bin/luajit resty; do
        ko_in sh -c 'command -v "$1"' - "$ko_lua" >/dev/null 2>&1 || continue
        for ko_name in $KO_NAMES; do
            find "$KO_CANDIDATE/kong/plugins/$ko_name/" -type f -name '*.lua' >"$KO_CANDIDATE/files"
            while read -r ko_file; do
                ko_said=$(ko_in "$ko_lua" -e "assert(loadfile([==[$ko_file]==]))" </dev/null) ||
                    { ko_refuse compile "${ko_said#*"$KO_CANDIDATE/"}" && return; }
            done <"$KO_CANDIDATE/files"
        done
        ko_say preflight compiled "$ko_lua"
        return 0
    done
    ko_say preflight not-compiled 'neither luajit nor resty is on this node'
}

# Tries the planned instances. Where the command is missing or slow nothing is known, and the canary's reload decides.
ko_parse() {
    if ! ko_in sh -c 'command -v "$1"' - "$KO_KONG" >/dev/null 2>&1; then
        ko_say preflight not-parsed "the command $KO_KONG is not on this node"
        return 0
    fi
    KO_PLANNED=$(ko_in sh -c 'umask 077
        for d in /dev/shm /run "${TMPDIR:-/tmp}"; do
            [ -d "$d" ] && [ -w "$d" ] && mktemp -d "$d/kongops.XXXXXX" && exit
        done')
    case $KO_PLANNED in
        /*/kongops.??????) ;;
        *) ko_fail preflight "cannot make a directory for the planned instances: $KO_PLANNED" ;;
    esac
    trap ko_forget EXIT
    trap 'exit 1' HUP INT PIPE TERM
    if [ "$KO_KIND" = container ]; then
        set -- "$KO_ENGINE" exec -i "$KO_CONTAINER"
    else
        set --
    fi
    kongops_planned | $KO_UNBASE64 | "$@" sh -c 'umask 077; cat >"$1/planned.json"' - "$KO_PLANNED"
    ko_path=$(ko_setting_to_come lua_package_path KONG_LUA_PACKAGE_PATH './?.lua;./?/init.lua;')
    ko_enabled=$(ko_setting_to_come plugins KONG_PLUGINS bundled)
    for ko_name in $KO_NAMES; do
        ko_in_list "$ko_enabled" , "$ko_name" || ko_enabled="$ko_enabled,$ko_name"
    done
    set -- "$KO_KONG" config parse "$KO_PLANNED/planned.json"
    [ -z "$KO_CONF_READ" ] || set -- "$@" -c "${KO_CONF_READ#"$KO_FS"}"
    ko_said=$(ko_in env "KONG_LUA_PACKAGE_PATH=$KO_CANDIDATE/?.lua;$ko_path" "KONG_PLUGINS=$ko_enabled" "$@" 2>&1)
    ko_code=$?
    ko_forget
    trap - EXIT HUP INT PIPE TERM
    case $ko_code in
        0) ko_say preflight parsed yes ;;
        124) ko_say preflight not-parsed "kong config parse took more than $KO_TIMEOUT s" ;;
        *) ko_refuse parse "$ko_said" ;;
    esac
}

ko_forget() {
    [ -z "$KO_PLANNED" ] || ko_in rm -rf -- "$KO_PLANNED" >/dev/null 2>&1
    KO_PLANNED=
}

# ko_refuse HOW TEXT
ko_refuse() {
    KO_PREFLIGHT=refused
    printf '%s\n' "$2" | ko_text refused "$1" 65536
}
