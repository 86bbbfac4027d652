# shellcheck shell=sh disable=SC2034,SC2153 # the parts are joined: each uses the others' variables
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The node program, part 2: the Kong on this node. Its settings, processes, Status API and log.

# ko_read_file FILE [FIRST]: the lines of kong.conf or .kong_env that a visit asks for, as "key=value", in KO_READ, after what
# sed is to do FIRST with each; one process.
ko_read_file() {
    KO_READ=
    [ -r "$1" ] || return 0
    set -- "$1" ${2:+-e "$2"}
    for ko_key in prefix plugins lua_package_path status_listen proxy_error_log; do
        set -- "$@" -e "s/^[[:space:]]*\\($ko_key\\)[[:space:]]*=[[:space:]]*/\\1=/p"
    done
    ko_file=$1
    shift
    KO_READ=$KO_NEWLINE$(sed -n "$@" <"$ko_file")
}

# ko_last LINES KEY: the last value of a key, without comment and quotes, in KO_VALUE.
ko_last() {
    KO_VALUE=
    case $1 in *"$KO_NEWLINE$2="*) ;; *) return 0 ;; esac
    KO_VALUE=${1##*"$KO_NEWLINE$2="}
    KO_VALUE=${KO_VALUE%%"$KO_NEWLINE"*}
    KO_VALUE=${KO_VALUE%%[[:space:]]#*}
    KO_VALUE=${KO_VALUE%"${KO_VALUE##*[![:space:]]}"}
    case $KO_VALUE in
        '#'*) KO_VALUE= ;;
        \'*\') KO_VALUE=${KO_VALUE#\'} && KO_VALUE=${KO_VALUE%\'} ;;
        \"*\") KO_VALUE=${KO_VALUE#\"} && KO_VALUE=${KO_VALUE%\"} ;;
    esac
}

# Reads the configuration file; again after it was changed. There, unlike elsewhere, any # without a \ before it begins a
# comment.
ko_read_conf() {
    ko_read_file "$KO_CONF_READ" 's/\([^\\]\)#.*/\1/'
    KO_OF_CONF=$KO_READ
}

# Reads what the running Kong was last (re)loaded with; again after a reload.
ko_read_env() {
    ko_read_file "$KO_FS$KO_PREFIX/.kong_env"
    KO_OF_ENV=$KO_READ
}

# Reads the master's environment: the names that ko_get asks for, and no other value leaves it.
ko_read_master() {
    KO_OF_MASTER=
    [ -n "$KO_MASTER" ] && [ -r "/proc/$KO_MASTER/environ" ] || return 0
    KO_OF_MASTER=$KO_NEWLINE$(tr '\000' '\n' <"/proc/$KO_MASTER/environ" 2>/dev/null |
        sed -n -e '/^KONG_PLUGINS=/p' -e '/^KONG_LUA_PACKAGE_PATH=/p' -e '/^KONG_STATUS_LISTEN=/p' \
            -e '/^KONG_PROXY_ERROR_LOG=/p' -e '/^LUA_PATH=/p')
}

# ko_get KEY KONG_KEY DEFAULT: what the running Kong uses, in KO_VALUE: the settings it was last (re)loaded with, else its
# environment, else the configuration file (kong-data-plane.md 1.1, 1.2).
ko_get() {
    ko_last "$KO_OF_ENV" "$1"
    [ -n "$KO_VALUE" ] || ko_last "$KO_OF_MASTER" "$2"
    [ -n "$KO_VALUE" ] || ko_last "$KO_OF_CONF" "$1"
    KO_VALUE=${KO_VALUE:-$3}
}

# ko_setting_to_come KEY KONG_KEY DEFAULT: what Kong will use after a reload, which takes the file it is given with -c and
# keeps the keys that the file does not have (kong-data-plane.md 5, 7).
ko_setting_to_come() {
    KO_VALUE=
    [ -z "$KO_CONF" ] || ko_last "$KO_OF_CONF" "$1"
    [ -n "$KO_VALUE" ] || ko_get "$@"
    printf '%s' "$KO_VALUE"
}

# The plugins that Kong will have when it starts anew, in KO_VALUE. They differ from what it has where a file was changed
# since: by hand, or by a visit that was cut before its reload.
ko_at_start() {
    ko_last "$KO_OF_MASTER" KONG_PLUGINS
    if ko_has_environment "$KO_VALUE"; then
        KO_VARIABLE=KONG_PLUGINS KO_AT_START=$KO_VALUE KO_HAVE=
        ko_environment_home || :
        KO_VALUE=${KO_HAVE:-$KO_AT_START}
    fi
    [ -n "$KO_VALUE" ] || ko_last "$KO_OF_CONF" plugins
    [ -n "$KO_VALUE" ] || ko_get plugins KONG_PLUGINS bundled
}

# ko_has_environment VALUE: true where a file may make the environment of the next start; VALUE is what the running Kong was
# started with. A unit is asked where that is not known, or what it says decides.
ko_has_environment() {
    [ "$KO_KIND" != container ] || return 1
    [ -z "$1" ] && [ ! -f "$KO_ENVIRONMENT_FILE" ] || return 0
    case $KO_KIND,$KO_STATE in
        systemd,absent | systemd,disabled) return 0 ;;
        systemd,*) [ -z "$KO_MASTER" ] ;;
        *) return 1 ;;
    esac
}

# Where Kong lives and how it is asked: KO_PREFIX, KO_MASTER, KO_STATUS, KO_LOG_KIND, KO_LOG.
ko_settings() {
    KO_MASTER='' KO_FS='' KO_NET='' KO_STATUS_TOLD=$KO_STATUS
    [ "$KO_KIND" != container ] || ko_enter
    KO_CONF_READ=${KO_CONF:+$KO_FS$KO_CONF}
    if [ -z "$KO_CONF_READ" ]; then
        for ko_candidate in "$KO_FS/etc/kong/kong.conf" "$KO_FS/etc/kong.conf"; do
            [ ! -r "$ko_candidate" ] || { KO_CONF_READ=$ko_candidate && break; }
        done
    fi
    ko_read_conf
    if [ -z "$KO_PREFIX" ]; then
        ko_last "$KO_OF_CONF" prefix
        KO_PREFIX=${KO_VALUE:-/usr/local/kong}
    fi
    ko_master
    ko_read_env
    ko_read_master
    if [ -z "$KO_STATUS" ]; then
        [ -z "$KO_FS" ] || ! ko_has nsenter || KO_NET="nsenter -t $KO_MASTER -n"
        ko_get status_listen KONG_STATUS_LISTEN ''
        KO_STATUS_TOLD=$KO_VALUE
        ko_status_address "${KO_VALUE:-127.0.0.1:8007}"
    fi
    [ "$KO_STATUS" != off ] || KO_STATUS=
    ko_find_log
}

# A container seen from its host: its first process is the master or an init whose child is, and its files and its network
# are reached by it.
ko_enter() {
    if ! KO_MASTER=$("$KO_ENGINE" inspect -f '{{.State.Pid}}' "$KO_CONTAINER" 2>/dev/null); then
        KO_MASTER=
        # Asked again for the reason: beside a good answer there may be warnings.
        ko_said=$("$KO_ENGINE" inspect -f '{{.State.Pid}}' "$KO_CONTAINER" 2>&1)
        case $ko_said in
            '' | *[Nn]'o such container'* | *[Nn]'o such object'*) ;;
            *) ko_fail container "$KO_ENGINE cannot tell of the container $KO_CONTAINER: $ko_said" ;;
        esac
    fi
    case $KO_MASTER in
        '' | 0 | *[!0-9]*) KO_MASTER= ;;
        *)
            KO_FS=/proc/$KO_MASTER/root
            ko_find_master
            ;;
    esac
}

# From an init in KO_MASTER to the master below it. A master may have another one below, while nginx itself is replaced.
ko_find_master() {
    ko_children "$KO_MASTER"
    ko_below=
    for ko_pid in $KO_CHILDREN; do
        ko_line=
        { read -r ko_line <"/proc/$ko_pid/cmdline"; } 2>/dev/null || :
        case $ko_line in
            *'worker process'*) return 0 ;;
            *'master process'*) ko_below=$ko_pid ;;
        esac
    done
    KO_MASTER=${ko_below:-$KO_MASTER}
}

# The first address of status_listen as a URL in KO_STATUS; nothing for "off". A wildcard is reached over loopback.
ko_status_address() {
    KO_STATUS=
    ko_first=${1%%,*}
    ko_scheme=http
    case $ko_first in
        off*) return 0 ;;
        *' ssl'*) ko_scheme=https ;;
    esac
    ko_first=${ko_first%% *}
    case $ko_first in
        0.0.0.0:* | '[::]:'*) ko_first=127.0.0.1:${ko_first##*:} ;;
    esac
    KO_STATUS=$ko_scheme://$ko_first
}

ko_master() {
    if [ "$KO_KIND" = container ]; then
        [ -z "$KO_MASTER" ] || [ -d "/proc/$KO_MASTER" ] || KO_MASTER=
        return 0
    fi
    KO_MASTER=
    [ ! -r "$KO_PREFIX/pids/nginx.pid" ] || read -r KO_MASTER <"$KO_PREFIX/pids/nginx.pid" || :
    case $KO_MASTER in
        '' | *[!0-9]*) KO_MASTER= ;;
        *) [ -d "/proc/$KO_MASTER" ] || KO_MASTER= ;;
    esac
}

# ko_stat PID: its parent in KO_PARENT and its start in KO_START (ticks since boot).
ko_stat() {
    ko_line=
    { read -r ko_line <"/proc/$1/stat"; } 2>/dev/null || return 1
    ko_line=${ko_line##*) }
    # shellcheck disable=SC2086
    set -- $ko_line
    KO_PARENT=$2 KO_START=${20}
}

# ko_children PID: in KO_CHILDREN.
ko_children() {
    KO_CHILDREN=
    if [ -r "/proc/$1/task/$1/children" ]; then
        { read -r KO_CHILDREN <"/proc/$1/task/$1/children"; } 2>/dev/null || :
        return 0
    fi
    set +f
    for ko_entry in /proc/[0-9]*; do
        ko_stat "${ko_entry#/proc/}" && [ "$KO_PARENT" = "$1" ] && KO_CHILDREN="$KO_CHILDREN${ko_entry#/proc/} "
    done
    set -f
}

# The workers that serve now in KO_WORKERS, those that only finish their last requests in KO_LINGERING, and in
# KO_GENERATION a text that changes with every new set of workers.
ko_workers() {
    ko_master
    KO_WORKERS='' KO_LINGERING='' KO_GENERATION=
    [ -n "$KO_MASTER" ] || return 0
    ko_children "$KO_MASTER"
    for ko_pid in $KO_CHILDREN; do
        ko_line=
        # A shell reads over the NULs of a command line.
        { read -r ko_line <"/proc/$ko_pid/cmdline"; } 2>/dev/null || :
        case $ko_line in
            *'shutting down'*) KO_LINGERING="$KO_LINGERING$ko_pid " ;;
            *'worker process'*)
                ko_stat "$ko_pid" || continue
                KO_WORKERS="$KO_WORKERS$ko_pid "
                KO_GENERATION="$KO_GENERATION$ko_pid:$KO_START "
                ;;
        esac
    done
}

# ko_http PATH: KO_CODE (empty when nothing could be learnt) and KO_BODY of the Status API, by whatever is here.
# shellcheck disable=SC2086 # KO_NET is a command with its options, or nothing
ko_http() {
    KO_CODE='' KO_BODY='' ko_reply=
    [ -n "$KO_STATUS" ] || return 1
    ko_where=${KO_STATUS#*://}
    if ko_has curl; then
        ko_reply=$($KO_NET curl -ski --noproxy '*' -m 3 "$KO_STATUS$1" 2>/dev/null | head -c 65536)
    elif ko_has wget && wget --version 2>/dev/null | head -n 1 | grep -q GNU; then
        ko_reply=$($KO_NET wget -q -O - -T 3 -t 1 --no-proxy --no-check-certificate --content-on-error --save-headers \
            "$KO_STATUS$1" 2>/dev/null | head -c 65536)
    elif ko_has wget; then
        # busybox shows the status on standard error and keeps the body of a refusal to itself; not all have -T.
        ko_reply=$(ko_bounded 3 $KO_NET wget -S -q -Y off -O - "$KO_STATUS$1" 2>&1 | head -c 65536)
        ko_reply=HTTP/1${ko_reply#*HTTP/1}
    elif ko_has bash && [ "${KO_STATUS%%:*}" = http ]; then
        # shellcheck disable=SC2016
        ko_reply=$(ko_bounded 3 $KO_NET bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" \
            "$3" "$1" >&3 && head -c 65536 <&3' - "${ko_where%:*}" "${ko_where##*:}" "$1" 2>/dev/null)
    elif ko_has resty && [ "${KO_STATUS%%:*}" = http ]; then
        ko_reply=$(ko_bounded 5 resty -e 'local s = ngx.socket.tcp() s:settimeout(3000)
            if s:connect(arg[1], tonumber(arg[2])) then
                s:send("GET " .. arg[3] .. " HTTP/1.0\r\nHost: " .. arg[1] .. "\r\n\r\n")
                io.write((s:receive("*a")) or "") end' "${ko_where%:*}" "${ko_where##*:}" "$1" 2>/dev/null)
    else
        KO_UNABLE='none of curl, wget, bash and resty can ask the Status API'
        return 1
    fi
    case $ko_reply in
        HTTP/*) ;;
        *) return 1 ;;
    esac
    KO_CODE=${ko_reply#* }
    KO_CODE=${KO_CODE%%[!0-9]*}
    KO_BODY=${ko_reply##*"$KO_NEWLINE"}
    case $KO_CODE in [1-5][0-9][0-9]) ;; *) KO_CODE='' && return 1 ;; esac
}

# The configuration hash the node shows, in KO_HASH.
ko_hash() {
    KO_HASH=
    ko_http /status || return 1
    case $KO_BODY in *'"configuration_hash"'*) ;; *) return 1 ;; esac
    KO_HASH=${KO_BODY#*'"configuration_hash"'}
    KO_HASH=${KO_HASH#"${KO_HASH%%[!: ]*}"}
    case $KO_HASH in
        \"*) KO_HASH=${KO_HASH#\"} && KO_HASH=${KO_HASH%%[!0-9A-Za-z_-]*} ;;
        *) KO_HASH= ;;
    esac
    [ -n "$KO_HASH" ] && [ "${#KO_HASH}" -le 64 ]
}

# How the error log is reached: KO_LOG_KIND file|journal|container|stderr|none and KO_LOG.
ko_find_log() {
    KO_LOG=$KO_LOG_PATH KO_LOG_KIND=none
    if [ -z "$KO_LOG" ]; then
        ko_get proxy_error_log KONG_PROXY_ERROR_LOG logs/error.log
        KO_LOG=$KO_VALUE
    fi
    KO_LOG=${KO_LOG%% *}
    case $KO_LOG in
        off | syslog:*) KO_LOG='' && return 0 ;;
        /*) ;;
        *) KO_LOG=$KO_PREFIX/$KO_LOG ;;
    esac
    case $KO_LOG in /dev/*) ;; *) KO_LOG=$KO_FS$KO_LOG ;; esac
    # Through /proc/<pid>/root only the kernel finds the way: readlink -f would leave the container.
    ko_real=
    if [ ! -e "$KO_LOG" ] && [ ! -L "$KO_LOG" ]; then
        :
    elif [ -n "$KO_FS" ]; then
        ko_real=$(readlink -- "$KO_LOG" 2>/dev/null || :)
    else
        ko_real=$(readlink -f -- "$KO_LOG" 2>/dev/null || :)
    fi
    case $KO_LOG,$ko_real in
        /dev/stderr,* | /dev/stdout,* | *,/dev/stderr | *,/dev/stdout | *,/proc/*)
            KO_LOG_KIND=stderr KO_LOG=
            [ -z "$KO_FS" ] || { KO_LOG_KIND=container && return 0; }
            [ -z "$KO_MASTER" ] || ko_real=$(readlink -- "/proc/$KO_MASTER/fd/2" 2>/dev/null || :)
            case $ko_real in
                socket:*) [ -z "$KO_UNIT" ] || ! ko_has journalctl || KO_LOG_KIND=journal ;;
                /dev/* | pipe:*) ;;
                /*) [ ! -f "$ko_real" ] || { KO_LOG_KIND='file' && KO_LOG=$ko_real; } ;;
            esac
            ;;
        *) [ ! -r "$KO_LOG" ] || KO_LOG_KIND='file' ;;
    esac
}

# The end of the log now, as a mark that later reading starts from: inode:size of a file, t:seconds of a journal or container.
ko_mark() {
    case $KO_LOG_KIND in
        file) stat -L -c '%i:%s' -- "$KO_LOG" 2>/dev/null ;;
        journal | container)
            ko_time=$(date +%s.%N)
            case $ko_time in *[!0-9.]*) ko_time=${ko_time%%.*} ;; esac
            printf 't:%s' "$ko_time"
            ;;
    esac
}

# ko_since MARK: the log from a mark on. A file that was rotated meanwhile is found again by its inode.
ko_since() {
    case $1 in
        t:*)
            if [ "$KO_LOG_KIND" = container ]; then
                "$KO_ENGINE" logs --since "${1#t:}" "$KO_CONTAINER" 2>&1
            else
                journalctl -u "$KO_UNIT" --since "@${1#t:}" -o cat --no-pager 2>/dev/null
            fi
            ;;
        *:*)
            ko_inode=${1%%:*} ko_offset=$((${1#*:} + 1))
            if [ "$(stat -L -c %i -- "$KO_LOG" 2>/dev/null)" != "$ko_inode" ]; then
                ko_rotated=$(find "${KO_LOG%/*}/" -type f -inum "$ko_inode" 2>/dev/null | head -n 1)
                [ -z "$ko_rotated" ] || tail -c "+$ko_offset" -- "$ko_rotated"
                ko_offset=1
            elif [ "$(stat -L -c %s -- "$KO_LOG")" -lt "$((ko_offset - 1))" ]; then
                ko_offset=1
            fi
            tail -c "+$ko_offset" -- "$KO_LOG" 2>/dev/null
            ;;
    esac
}

# The end of the log, as much as tells how the node came to be what it is.
ko_recent() {
    case $KO_LOG_KIND in
        file) tail -c 1048576 -- "$KO_LOG" 2>/dev/null ;;
        container) "$KO_ENGINE" logs --tail 5000 "$KO_CONTAINER" 2>&1 ;;
        journal) journalctl -u "$KO_UNIT" -n 5000 -o cat --no-pager 2>/dev/null ;;
    esac
}

# The records that tell about a load or a payload, each with its lines of explanation (kong-data-plane.md 1.5, 5 D).
ko_telling() {
    sed -n -e ':record' \
        -e '/init_by_lua error/b show' \
        -e '/worker initialization error/b show' \
        -e '/unable to update running config/b show' \
        -e d \
        -e ':show' -e p -e n \
        -e '/^[0-9][0-9][0-9][0-9]\/[0-9][0-9]\//b record' \
        -e 'b show'
}
