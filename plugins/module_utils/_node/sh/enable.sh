# shellcheck shell=sh disable=SC2034,SC2153 # the parts are joined: each uses the others' variables
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The node program, part 6: enable. The names in `plugins` and the root in `lua_package_path`, where this Kong has its
# settings from: kong.conf, or what makes its environment (part 10), which wins over the file.

# ko_in_list LIST SEPARATOR ITEM: blanks do not count.
ko_in_list() {
    ko_listed=$1
    while :; do
        case $ko_listed in
            *' '*) ko_listed=${ko_listed%%' '*}${ko_listed#*' '} ;;
            *) break ;;
        esac
    done
    case "$2$ko_listed$2" in
        *"$2$3$2"*) return 0 ;;
        *) return 1 ;;
    esac
}

# ko_with KEY VALUE: the value and what this visit needs beside it, in KO_WISH.
ko_with() {
    KO_WISH=$2
    if [ "$1" = lua_package_path ]; then
        ko_in_list "$2" ';' "$KO_ROOT/?.lua" || KO_WISH="$KO_ROOT/?.lua;$2"
        return 0
    fi
    for ko_name in $KO_NAMES; do
        ko_in_list "$KO_WISH" , "$ko_name" || KO_WISH="$KO_WISH,$ko_name"
    done
    KO_WISH=${KO_WISH#off,}
}

# ko_home KEY: KO_VARIABLE, the key's name in the environment; KO_HOME, the file that the setting belongs in; KO_SHAPE,
# how it is written there (conf | unit | env | compose; none: in no file that is known); KO_HAVE, the value there; KO_NOW,
# the value that Kong runs with; KO_AT_START, the one in the environment it was started with; KO_VALUE, the one to begin with.
ko_home() {
    case $1 in
        plugins) KO_VARIABLE=KONG_PLUGINS KO_DEFAULT=bundled ;;
        lua_package_path) KO_VARIABLE=KONG_LUA_PACKAGE_PATH KO_DEFAULT='./?.lua;./?/init.lua;' ;;
    esac
    KO_HOME='' KO_SHAPE=none KO_HAVE='' KO_ODD='' KO_TIMES=0 KO_LINE=0
    ko_get "$1" "$KO_VARIABLE" "$KO_DEFAULT"
    KO_NOW=$KO_VALUE
    ko_last "$KO_OF_MASTER" "$KO_VARIABLE"
    KO_AT_START=$KO_VALUE
    if ! ko_environment_home && [ -z "$KO_AT_START" ] && [ "$KO_KIND" != container ]; then
        [ -f "$KO_CONF_READ" ] || ko_fail enable 'no configuration file was found on this node; name it with kong_conf'
        KO_HOME=$KO_CONF_READ KO_SHAPE=conf
        ko_last "$KO_OF_CONF" "$1"
        KO_HAVE=$KO_VALUE
    fi
    KO_VALUE=${KO_HAVE:-$KO_NOW}
}

# Puts what is missing where it belongs.
ko_enable() {
    for ko_setting in plugins lua_package_path; do
        ko_home "$ko_setting"
        ko_with "$ko_setting" "$KO_VALUE"
        ko_set "$ko_setting" "$KO_WISH"
        ko_value=$KO_WISH
        ko_with "$ko_setting" "$KO_NOW"
        if [ "$KO_WISH" != "$KO_NOW" ]; then
            ko_bring "$ko_setting" "$ko_value"
        elif [ "$KO_KIND" = container ] && [ -n "$KO_AT_START" ]; then
            # What was handed to a reload is gone when the container starts anew.
            ko_with "$ko_setting" "$KO_AT_START"
            [ "$KO_WISH" = "$KO_AT_START" ] || ko_bring "$ko_setting" "$ko_value"
        fi
    done
    ko_announce
}

# Ends the visit where ko_enable would be refused.
ko_foresee() {
    for ko_setting in plugins lua_package_path; do
        ko_home "$ko_setting"
        ko_with "$ko_setting" "$KO_VALUE"
        ko_is_to_set "$ko_setting" "$KO_WISH" || :
    done
}

# ko_is_to_set KEY VALUE: true when the value is to go into the file that it belongs in: unless that has it or Kong runs with
# it from elsewhere. Ends the visit where the file cannot be changed.
ko_is_to_set() {
    [ "$2" != "$KO_VALUE" ] || return 1
    if [ "$KO_SHAPE" = none ]; then
        [ "$KO_KIND" != container ] || return 1
        ko_fail enable "$KO_VARIABLE is set in the environment of Kong, which wins over kong.conf: set it to '$2' where the \
service is defined, or name that file with kong_environment_file"
    fi
    if [ "$KO_SHAPE" != conf ]; then
        ko_settable "$2"
        return 0
    fi
    case $KO_HAVE in *\\) ko_fail enable "$KO_HOME: the value of $1 goes on in the next line, by a \\ at the end of its own, \
which is not followed here; write it in one line" ;; esac
}

# ko_set KEY VALUE: puts the value there, and says so.
ko_set() {
    ko_is_to_set "$1" "$2" || return 0
    ko_say set_from "$1" "$KO_HAVE"
    ko_say set_to "$1" "$2"
    ko_say set_in "$1" "$KO_HOME"
    [ "$KO_CHECK" = no ] || return 0
    KO_BEFORE_SET=$KO_BEFORE_SET$1=$KO_VALUE$KO_NEWLINE
    ko_put_setting "$1" "$2"
}

ko_put_setting() {
    if [ "$KO_SHAPE" = conf ]; then
        ko_set_key "$1" "$2"
    else
        ko_set_variable "$KO_VARIABLE" "$2"
    fi
}

# ko_bring KEY VALUE: what has to happen for the value to be in effect.
ko_bring() {
    if [ "$KO_KIND" = container ]; then
        ko_say recreate "$KO_VARIABLE" "$2"
        KO_RECREATE=yes
        return 0
    fi
    KO_ENABLED=yes
    case $KO_KIND,$KO_SHAPE in
        # A reload without -c would keep the settings that Kong runs with (kong-data-plane.md 5.7).
        *,conf) KO_CONF=$KO_CONF_READ ;;
        # What systemd runs for a reload has the environment of the unit as it was last read.
        systemd,*) KO_UNIT_WRITTEN=$KO_HOME ;;
        # The environment of `kong reload` is taken, and kept for later reloads (5.7).
        *) export "$KO_VARIABLE=$2" ;;
    esac
}

ko_announce() {
    [ "$KO_CHECK" = no ] || return 0
    # No reload brings a container another environment.
    [ -z "$KO_RECREATE" ] || KO_RELOAD=no
    [ -n "$KO_UNIT_WRITTEN" ] || return 0
    ko_say unit_written - "$KO_UNIT_WRITTEN"
    KO_UNIT_ASKED=
    ko_try enable 'have systemd read its files again' systemctl daemon-reload
}

# The reverse, by value: a key that is absent would keep its new value at the next reload.
ko_disable() {
    while [ -n "$KO_BEFORE_SET" ]; do
        ko_line=${KO_BEFORE_SET%%"$KO_NEWLINE"*}
        KO_BEFORE_SET=${KO_BEFORE_SET#*"$KO_NEWLINE"}
        ko_setting=${ko_line%%=*} ko_value=${ko_line#*=}
        ko_home "$ko_setting"
        ko_put_setting "$ko_setting" "$ko_value"
        ko_bring "$ko_setting" "$ko_value"
    done
    ko_announce
}

# ko_copy_home: a copy of KO_HOME to write, in KO_COPY, and where it will go, in KO_FILE. Mode, owner and context are kept.
ko_copy_home() {
    KO_FILE=$(readlink -f -- "$KO_HOME") || KO_FILE=$KO_HOME
    [ -d "${KO_FILE%/*}" ] || ko_try enable "make ${KO_FILE%/*}" mkdir -p -- "${KO_FILE%/*}"
    KO_COPY=$KO_FILE.kongops.$KO_RUN.$$
    [ ! -f "$KO_FILE" ] || ko_try enable "copy $KO_FILE" cp -p -- "$KO_FILE" "$KO_COPY"
    [ ! -d /sys/fs/selinux ] || ! ko_has chcon || chcon --reference="$KO_FILE" -- "$KO_COPY" 2>/dev/null || :
}

ko_put_copy() {
    sync "$KO_COPY" 2>/dev/null || sync
    ko_try enable "put $KO_FILE in place" mv -f -- "$KO_COPY" "$KO_FILE"
    KO_COPY=
}

# ko_set_key KEY VALUE: in the last line of kong.conf that sets the key, else in a new one at the end; by one rename.
ko_set_key() {
    ko_copy_home
    ko_last_line=$(grep -n "^[[:space:]]*$1[[:space:]]*=" "$KO_FILE" | tail -n 1 | cut -d: -f1)
    ko_said=$(ko_lines_with_key "$1" "$2" 2>&1 >"$KO_COPY") ||
        ko_fail enable "cannot write $KO_COPY (is the disk full?)${ko_said:+: $ko_said}"
    ko_put_copy
    ko_read_conf
}

# ko_lines_with_key KEY VALUE: the lines of kong.conf as they are to be. Every line is asked whether it was written: a copy
# that a full disk has cut must not take the place of the file.
ko_lines_with_key() {
    ko_number=0
    while IFS= read -r ko_line || [ -n "$ko_line" ]; do
        ko_number=$((ko_number + 1))
        if [ "$ko_number" = "$ko_last_line" ]; then
            case $ko_line in
                *[!\\]#*) printf '%s = %s  #%s\n' "$1" "$2" "${ko_line#*[!\\]#}" ;;
                *) printf '%s = %s\n' "$1" "$2" ;;
            esac
        else
            printf '%s\n' "$ko_line"
        fi || return 1
    done <"$KO_FILE"
    [ -n "$ko_last_line" ] || printf '%s = %s\n' "$1" "$2"
}
