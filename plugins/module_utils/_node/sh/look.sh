# shellcheck shell=sh disable=SC2034,SC2153 # the parts are joined: each uses the others' variables
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The node program, part 3: look. Reads, never writes.

# The templates of lua_package_path as the running Kong has them, each followed by `;`, in KO_TEMPLATES; the first `;;`, or
# the end, stands for the compiled-in path.
ko_templates() {
    ko_get lua_package_path KONG_LUA_PACKAGE_PATH './?.lua;./?/init.lua;'
    KO_TEMPLATES="${KO_VALUE%%;;*};"
    ko_behind=
    case $KO_VALUE in *';;'*) ko_behind="${KO_VALUE#*;;};" ;; esac
    ko_last "$KO_OF_MASTER" LUA_PATH
    KO_TEMPLATES="$KO_TEMPLATES$KO_VALUE;"
    for ko_builtin in /usr/local/openresty/site/lualib /usr/local/openresty/lualib . \
        /usr/local/openresty/luajit/share/luajit-2.1 /usr/local/share/lua/5.1; do
        KO_TEMPLATES="$KO_TEMPLATES$ko_builtin/?.lua;$ko_builtin/?/init.lua;"
    done
    KO_TEMPLATES=$KO_TEMPLATES$ko_behind
}

# ko_search NAME PART: the files that `require "kong.plugins.NAME.PART"` would try and find, in its order, each with a line
# break, in KO_FILES.
ko_search() {
    KO_FILES=
    ko_left=$KO_TEMPLATES
    while [ -n "$ko_left" ]; do
        ko_template=${ko_left%%;*}
        ko_left=${ko_left#*;}
        case $ko_template in
            *\?*) ko_file=${ko_template%%\?*}kong/plugins/$1/$2${ko_template#*\?} ;;
            *) continue ;;
        esac
        case $ko_file in
            /*) ;;
            *) ko_file=$KO_CWD/${ko_file#./} ;;
        esac
        [ ! -f "$KO_FS$ko_file" ] || KO_FILES=$KO_FILES$ko_file$KO_NEWLINE
    done
}

ko_look() {
    # A reload of this visit may have changed what Kong runs with.
    [ "$KO_RELOAD" = no ] || ko_read_env
    ko_say prefix - "$KO_PREFIX"
    ko_say plugin_root - "$KO_ROOT"
    ko_line=
    { read -r ko_line </proc/sys/kernel/hostname; } 2>/dev/null || ko_line=$(uname -n)
    ko_say hostname - "$ko_line"
    ko_line=
    [ ! -r "$KO_FS$KO_PREFIX/kong.id" ] || read -r ko_line <"$KO_FS$KO_PREFIX/kong.id" || :
    ko_say node_id - "$ko_line"
    [ "$KO_LOOK" = brief ] || ko_say version - "$(ko_version)"
    ko_get plugins KONG_PLUGINS bundled
    KO_ENABLED_NOW=$KO_VALUE
    ko_say enabled - "$KO_VALUE"
    ko_at_start
    ko_say enabled_next - "$KO_VALUE"
    ko_say status_api - "$KO_STATUS"
    ko_say log "$KO_LOG_KIND" "$KO_LOG"
    [ "$KO_LOG_KIND" = none ] || ko_say mark - "$(ko_mark)"
    ko_free
    ko_say free - "$KO_FREE"
    ko_workers
    ko_say running - "${KO_MASTER:+yes}"
    ko_say workers - "$KO_WORKERS"
    KO_CODE=
    # Where nothing runs, nobody is asked at the address that Kong would have by default.
    if [ -n "$KO_MASTER$KO_STATUS_TOLD" ] && ko_hash; then ko_say hash - "$KO_HASH"; fi
    # An API that did not answer just now is not asked again: a client costs more than all else here.
    if [ -n "$KO_CODE" ] && ko_http /status/ready; then ko_say ready "$KO_CODE" "$KO_BODY"; fi
    [ -z "$KO_UNABLE" ] || ko_say unable - "$KO_UNABLE"
    [ ! -d "$KO_FS$KO_PREFIX/dbless.lmdb" ] || ko_say stored - yes
    [ "$KO_READ_LOG" = no ] || ko_look_at_log
    KO_CWD=
    [ -z "$KO_MASTER" ] || KO_CWD=$(readlink "/proc/$KO_MASTER/cwd" 2>/dev/null || :)
    KO_CWD=${KO_CWD:-$KO_PREFIX}
    ko_templates
    ko_names
    for ko_plugin in $KO_LISTED; do
        ko_look_at "$ko_plugin"
    done
}

# The first line that the command says of itself; it starts a Lua of its own, so it is asked only where it is.
ko_version() {
    if [ "$KO_KIND" = container ]; then
        set -- "$KO_ENGINE" exec "$KO_CONTAINER" "$KO_KONG"
    else
        ko_has "$KO_KONG" || return 0
        set -- "$KO_KONG"
    fi
    ko_bounded 10 "$@" version 2>/dev/null | head -n 1
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

# Kilobytes that are free where the plugin root is or would be, in KO_FREE.
ko_free() {
    ko_folder=$KO_ROOT
    while [ ! -d "$ko_folder" ]; do
        ko_folder=${ko_folder%/*}
        ko_folder=${ko_folder:-/}
    done
    ko_said=$(df -Pk -- "$ko_folder" 2>/dev/null)
    # shellcheck disable=SC2086
    set -- ${ko_said#*"$KO_NEWLINE"}
    KO_FREE=$4
}

# The plugins to report, in KO_LISTED: those asked for, those with releases here, and those enabled that Kong does not
# bring along.
ko_names() {
    KO_LISTED=' '
    for ko_name in $KO_NAMES; do ko_list "$ko_name"; done
    set +f
    for ko_name in "$KO_ROOT"/releases/*/; do
        ko_name=${ko_name%/}
        [ ! -d "$ko_name" ] || ko_list "${ko_name##*/}"
    done
    set -f
    ko_left=$KO_ENABLED_NOW,
    while [ -n "$ko_left" ]; do
        ko_name=${ko_left%%[, ]*}
        ko_left=${ko_left#*[, ]}
        ko_list "$ko_name"
    done
}

ko_list() {
    case $1 in '' | bundled | off | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) return 0 ;; esac
    case $KO_LISTED in *" $1 "*) ;; *) KO_LISTED="$KO_LISTED$1 " ;; esac
}

# ko_look_at NAME: everything about one plugin.
ko_look_at() {
    ko_whole_now=no
    ko_live "$1"
    ko_say plugin.live "$1" "$KO_LIVE"
    case $KO_LIVE in
        *[!0-9a-f]*) ;;
        *)
            ko_look_for_drift "$1"
            [ -z "$KO_WORKERS" ] || ko_look_at_running "$1"
            ;;
    esac
    ko_before "$1"
    ko_say plugin.previous "$1" "$KO_BEFORE"
    ko_releases "$1"
    for ko_hex in $KO_RELEASES; do
        ko_say plugin.release "$1" "$ko_hex"
    done
    ! ko_mounted "$1" || ko_say plugin.mount "$1" yes
    [ ! -d "$KO_ROOT/kong/plugins/.$1.adopted" ] || ko_say plugin.cut "$1" yes
    ko_search "$1" handler
    ko_handler=${KO_FILES%%"$KO_NEWLINE"*}
    ko_search "$1" schema
    [ -n "$KO_FILES" ] || return 0
    ko_first=${KO_FILES%%"$KO_NEWLINE"*}
    while [ -n "$KO_FILES" ]; do
        ko_file=${KO_FILES%%"$KO_NEWLINE"*}
        KO_FILES=${KO_FILES#*"$KO_NEWLINE"}
        ko_say plugin.copy "$1" "${ko_file%/schema*}"
    done
    ko_folder=${ko_first%/schema*}
    ko_say plugin.loads "$1" "$ko_folder"
    ko_say plugin.handler "$1" "${ko_handler%/handler*}"
    if [ "$KO_LOOK" != brief ]; then
        [ -z "$ko_handler" ] || ko_look_at_handler "$1" "$KO_FS$ko_handler"
        ko_text plugin.schema "$1" "$KO_SCHEMA_CAP" <"$KO_FS$ko_first"
    fi
    # The files of a whole release were summed just now.
    if [ "$ko_whole_now $KO_FS$ko_folder" = "yes $KO_ROOT/kong/plugins/$1" ]; then
        ko_say plugin.digest "$1" "$KO_LIVE"
    else
        ko_say plugin.digest "$1" "$(ko_manifest_of "$KO_FS$ko_folder" rule | ko_digest)"
    fi
}

# ko_look_at_handler NAME FILE: what a handler says of itself in plain sight: the first of each, and every phase.
ko_look_at_handler() {
    ko_number='s/.*PRIORITY[[:space:]]*=[[:space:]]*\(-\{0,1\}[0-9]\{1,9\}\).*/priority \1/p'
    ko_version='s/.*VERSION[[:space:]]*=[[:space:]]*["'"'"']\([0-9][^"'"'"']\{0,30\}\)["'"'"'].*/version \1/p'
    ko_phase='s/.*function[[:space:]][[:space:]]*[A-Za-z_][A-Za-z0-9_]*[:.]\([a-z_]\{1,20\}\)[[:space:]]*(.*/phase \1/p'
    ko_left=$(sed -n -e h -e "$ko_number" -e g -e "$ko_version" -e g -e "$ko_phase" <"$2" | head -n 500)
    ko_told=' ' ko_phases=' '
    while [ -n "$ko_left" ]; do
        ko_line=${ko_left%%"$KO_NEWLINE"*}
        case $ko_left in *"$KO_NEWLINE"*) ko_left=${ko_left#*"$KO_NEWLINE"} ;; *) ko_left= ;; esac
        case $ko_line in
            phase*) case $ko_phases in *" ${ko_line#* } "*) ;; *) ko_phases="$ko_phases${ko_line#* } " ;; esac ;;
            *)
                case $ko_told in *" ${ko_line%% *} "*) continue ;; esac
                ko_told="$ko_told${ko_line%% *} "
                ko_say "plugin.${ko_line%% *}" "$1" "${ko_line#* }"
                ;;
        esac
    done
    ko_say plugin.phases "$1" "$ko_phases"
}

# ko_look_at_running NAME: the release that the workers run; its schema too where another one is live by now.
ko_look_at_running() {
    ko_runs "$1"
    ko_say plugin.runs "$1" "${KO_RUNS:-unknown}"
    ko_file=$KO_ROOT/releases/$1/$KO_RUNS/schema.lua
    [ "$KO_RUNS" = "$KO_LIVE" ] || [ ! -f "$ko_file" ] || ko_text plugin.runs_schema "$1" "$KO_SCHEMA_CAP" <"$ko_file"
}

# ko_look_for_drift NAME: where the live release is not what it should be: that, and what it is.
ko_look_for_drift() {
    ko_release=$KO_ROOT/releases/$1/$KO_LIVE
    [ -r "$ko_release.manifest" ] || return 0
    if ko_whole "$1" "$KO_LIVE"; then
        ko_whole_now=yes
        return 0
    fi
    ko_text plugin.manifest "$1" 262144 <"$ko_release.manifest"
    ko_manifest_of "$ko_release" all | ko_text plugin.found "$1" 262144
    ko_odd=$(find "$ko_release" ! -type f ! -type d)
    [ -z "$ko_odd" ] ||
        ko_say plugin.odd "$1" "$(printf '%s\n' "$ko_odd" | head -n 20 | sed "s,^$ko_release/,," | tr '\n' ' ')"
}
