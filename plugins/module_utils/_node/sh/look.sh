# shellcheck shell=sh disable=SC2034,SC2153 # the parts are joined: each uses the others' variables
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The node program, part 3: look. Reads, never writes.

# The templates of lua_package_path as the running Kong has them; `;;` and the end stand for the compiled-in path.
ko_templates() {
    ko_path=$(ko_setting lua_package_path KONG_LUA_PACKAGE_PATH './?.lua;./?/init.lua;')
    printf '%s;%s' "$ko_path" "$(ko_from_master LUA_PATH)" | tr ';' '\n' | sed '/^$/d'
    for ko_builtin in /usr/local/openresty/site/lualib /usr/local/openresty/lualib . \
        /usr/local/openresty/luajit/share/luajit-2.1 /usr/local/share/lua/5.1; do
        printf '%s/?.lua\n%s/?/init.lua\n' "$ko_builtin" "$ko_builtin"
    done
}

# ko_files NAME PART: the files that `require "kong.plugins.NAME.PART"` would try and find, in its order.
ko_files() {
    printf '%s\n' "$KO_TEMPLATES" | while read -r ko_template; do
        case $ko_template in
            *\?*) ko_file=${ko_template%%\?*}kong/plugins/$1/$2${ko_template#*\?} ;;
            *) continue ;;
        esac
        case $ko_file in
            /*) ;;
            *) ko_file=$KO_CWD/${ko_file#./} ;;
        esac
        [ ! -f "$KO_FS$ko_file" ] || printf '%s\n' "$ko_file"
    done
}

ko_look() {
    ko_say prefix - "$KO_PREFIX"
    ko_say plugin_root - "$KO_ROOT"
    ko_say hostname - "$(uname -n)"
    [ ! -r "$KO_FS$KO_PREFIX/kong.id" ] || ko_say node_id - "$(head -c 64 "$KO_FS$KO_PREFIX/kong.id" | head -n 1)"
    if [ "$KO_KIND" = container ]; then set -- "$KO_ENGINE" exec "$KO_CONTAINER" "$KO_KONG"; else set -- "$KO_KONG"; fi
    ko_say version - "$(ko_bounded 10 "$@" version 2>/dev/null | head -n 1)"
    ko_say enabled - "$(ko_setting plugins KONG_PLUGINS bundled)"
    ko_say enabled_next - "$(ko_setting_at_start plugins KONG_PLUGINS bundled)"
    ko_say status_api - "$KO_STATUS"
    ko_say log "$KO_LOG_KIND" "$KO_LOG"
    ko_say mark - "$(ko_mark)"
    ko_say free - "$(ko_free)"
    ko_workers
    ko_say running - "${KO_MASTER:+yes}"
    ko_say workers - "$KO_WORKERS"
    if ko_hash; then ko_say hash - "$KO_HASH"; fi
    # An API that did not answer just now is not asked again: a client costs more than all else here.
    if [ -n "$KO_CODE" ] && ko_http /status/ready; then ko_say ready "$KO_CODE" "$KO_BODY"; fi
    [ -z "$KO_UNABLE" ] || ko_say unable - "$KO_UNABLE"
    [ ! -d "$KO_FS$KO_PREFIX/dbless.lmdb" ] || ko_say stored - yes
    [ "$KO_READ_LOG" = no ] || ko_look_at_log
    KO_CWD=
    [ -z "$KO_MASTER" ] || KO_CWD=$(readlink "/proc/$KO_MASTER/cwd" 2>/dev/null || :)
    KO_CWD=${KO_CWD:-$KO_PREFIX}
    KO_TEMPLATES=$(ko_templates)
    KO_NEWLINE='
'
    for ko_plugin in $(ko_names); do
        ko_look_at "$ko_plugin"
    done
}

# The telling records of the log, and since when the workers run, as the log writes times.
ko_look_at_log() {
    ko_recent | ko_telling | tail -c 65536 | ko_text log.text - 65536
    for ko_pid in $KO_WORKERS; do
        ko_stat "$ko_pid" || continue
        ko_boot=$(sed -n 's/^btime //p' /proc/stat)
        ko_ticks=$(getconf CLK_TCK 2>/dev/null || echo 100)
        ko_say workers_since - "$(date -d "@$((ko_boot + KO_START / ko_ticks))" '+%Y/%m/%d %H:%M:%S' 2>/dev/null)"
        return 0
    done
}

ko_free() {
    ko_folder=$KO_ROOT
    while [ ! -d "$ko_folder" ]; do
        ko_folder=${ko_folder%/*}
        ko_folder=${ko_folder:-/}
    done
    df -Pk -- "$ko_folder" 2>/dev/null | { read -r _ && read -r _ _ _ ko_blocks _ && printf '%s' "$ko_blocks"; }
}

# The plugins to report: those asked for, those with releases here, and those enabled that Kong does not bring along.
ko_names() {
    {
        for ko_name in $KO_NAMES; do printf '%s\n' "$ko_name"; done
        [ ! -d "$KO_ROOT/releases" ] || find "$KO_ROOT/releases" -maxdepth 1 -mindepth 1 -type d | sed 's,.*/,,'
        ko_setting plugins KONG_PLUGINS bundled | tr -s ', ' '\n'
    } | sed -n -e '/^bundled$/d' -e '/^off$/d' -e '/^[A-Za-z0-9][A-Za-z0-9._-]*$/p' | sort -u
}

# ko_look_at NAME: everything about one plugin.
ko_look_at() {
    KO_INTACT=no
    ko_live "$1"
    ko_say plugin.live "$1" "$KO_LIVE"
    case $KO_LIVE in
        *[!0-9a-f]*) ;;
        *)
            ko_look_for_drift "$1"
            [ -z "$KO_WORKERS" ] || ko_look_at_running "$1"
            ;;
    esac
    ko_say plugin.previous "$1" "$(ko_previous "$1")"
    for ko_hex in $(ko_releases "$1"); do
        ko_say plugin.release "$1" "$ko_hex"
    done
    ! ko_mounted "$1" || ko_say plugin.mount "$1" yes
    [ -z "$(ko_left_aside "$1")" ] || ko_say plugin.cut "$1" yes
    ko_copies=$(ko_files "$1" schema)
    [ -n "$ko_copies" ] || return 0
    printf '%s\n' "$ko_copies" | while read -r ko_file; do
        ko_say plugin.copy "$1" "${ko_file%/schema*}"
    done
    ko_file=${ko_copies%%"$KO_NEWLINE"*}
    ko_folder=${ko_file%/schema*}
    ko_handler=$(ko_files "$1" handler)
    ko_handler=${ko_handler%%"$KO_NEWLINE"*}
    ko_say plugin.loads "$1" "$ko_folder"
    ko_say plugin.handler "$1" "${ko_handler%/handler*}"
    [ -z "$ko_handler" ] || ko_look_at_handler "$1" "$KO_FS$ko_handler"
    ko_text plugin.schema "$1" "$KO_SCHEMA_CAP" <"$KO_FS$ko_file"
    # The files of an intact release were summed just now.
    [ "$KO_INTACT $KO_FS$ko_folder" = "yes $KO_ROOT/kong/plugins/$1" ] || ko_found=$(ko_manifest_of "$KO_FS$ko_folder" rule)
    ko_say plugin.digest "$1" "$(printf '%s\n' "$ko_found" | ko_digest)"
}

# ko_look_at_handler NAME FILE: what a handler says of itself in plain sight.
ko_look_at_handler() {
    ko_number='s/.*PRIORITY[[:space:]]*=[[:space:]]*\(-\{0,1\}[0-9]\{1,9\}\).*/\1/p'
    ko_version='s/.*VERSION[[:space:]]*=[[:space:]]*["'"'"']\([0-9][^"'"'"']\{0,30\}\)["'"'"'].*/\1/p'
    ko_phase='s/.*function[[:space:]][[:space:]]*[A-Za-z_][A-Za-z0-9_]*[:.]\([a-z_]\{1,20\}\)[[:space:]]*(.*/\1/p'
    ko_say plugin.priority "$1" "$(sed -n "$ko_number" <"$2" | head -n 1)"
    ko_say plugin.version "$1" "$(sed -n "$ko_version" <"$2" | head -n 1)"
    ko_say plugin.phases "$1" "$(sed -n "$ko_phase" <"$2" | sort -u | head -n 30 | tr '\n' ' ')"
}

# ko_look_at_running NAME: the release that the workers run; its schema too where another one is live by now.
ko_look_at_running() {
    ko_runs "$1"
    ko_say plugin.runs "$1" "${KO_RUNS:-unknown}"
    ko_file=$KO_ROOT/releases/$1/$KO_RUNS/schema.lua
    [ "$KO_RUNS" = "$KO_LIVE" ] || [ ! -f "$ko_file" ] || ko_text plugin.runs_schema "$1" "$KO_SCHEMA_CAP" <"$ko_file"
}

# ko_look_for_drift NAME: what the live release should hold and, when it differs, what it holds.
ko_look_for_drift() {
    ko_release=$KO_ROOT/releases/$1/$KO_LIVE
    [ -r "$ko_release.manifest" ] || return 0
    ko_text plugin.manifest "$1" 262144 <"$ko_release.manifest"
    ko_found=$(ko_manifest_of "$ko_release" all)
    ko_odd=$(find "$ko_release" ! -type f ! -type d)
    if [ -n "$ko_odd" ]; then
        ko_say plugin.odd "$1" "$(printf '%s\n' "$ko_odd" | head -n 20 | sed "s,^$ko_release/,," | tr '\n' ' ')"
    elif [ "$ko_found" = "$(cat "$ko_release.manifest")" ]; then
        KO_INTACT=yes
    fi
    [ "$KO_INTACT" = yes ] || printf '%s\n' "$ko_found" | ko_text plugin.found "$1" 262144
}
