# shellcheck shell=sh disable=SC2034,SC2153 # the parts are joined: each uses the others' variables
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The node program, part 10: the files that make the environment of Kong: units and drop-ins of systemd, env files, compose
# files. One value is changed; every other line, entry and comment stays as it is.

# True when the setting of KO_VARIABLE belongs in such a file: the one that the operator names, else the one that the unit
# has it from.
ko_environment_home() {
    if [ -z "$KO_ENVIRONMENT_FILE" ]; then
        [ "$KO_KIND" = systemd ] && ko_unit_home
        return
    fi
    KO_HOME=$KO_ENVIRONMENT_FILE
    case $KO_HOME in
        *.yml | *.yaml) KO_SHAPE=compose ;;
        *.d/*.conf) KO_SHAPE=unit ;;
        *.conf) ko_fail enable "$KO_HOME is no file of an environment; a drop-in of systemd is in a directory <unit>.d" ;;
        *) KO_SHAPE='env' ;;
    esac
    [ "$KO_SHAPE" = unit ] || [ -f "$KO_HOME" ] || ko_fail enable "$KO_HOME is not on this node (kong_environment_file)"
    ko_assigned "$KO_HOME" || :
}

# The file of the unit that sets KO_VARIABLE last: systemd reads the unit, its drop-ins, and then its env files.
ko_unit_home() {
    ko_ask_unit
    ko_found=
    for ko_entry in $KO_FRAGMENT $KO_DROP_INS; do
        KO_SHAPE=unit
        ! ko_assigned "$ko_entry" || ko_found=$ko_entry
    done
    for ko_entry in $KO_ENV_FILES; do
        case $ko_entry in -/*) ko_entry=${ko_entry#-} ;; /*) ;; *) continue ;; esac
        KO_SHAPE='env'
        ! ko_assigned "$ko_entry" || ko_found=env:$ko_entry
    done
    [ -n "$ko_found" ] || { KO_SHAPE=none && return 1; }
    KO_SHAPE=unit KO_HOME=$ko_found
    case $ko_found in env:*) KO_SHAPE='env' KO_HOME=${ko_found#env:} ;; esac
    ko_assigned "$KO_HOME" || :
    [ "$KO_SHAPE" = unit ] || return 0
    case $KO_HOME in
        # An update brings the vendor's files anew, and what is below /run is gone after a boot.
        "$KO_FRAGMENT" | /usr/* | /lib/* | /run/*)
            KO_HOME=/etc/systemd/system/${KO_UNIT%.service}.service.d/zz-kongops.conf KO_LINE=0 KO_TIMES=0
            ;;
    esac
}

# Asks systemd for the files of the unit, once until it reads them again.
ko_ask_unit() {
    [ -z "$KO_UNIT_ASKED" ] || return 0
    KO_FRAGMENT=$(ko_property FragmentPath)
    KO_DROP_INS=$(ko_property DropInPaths)
    KO_ENV_FILES=$(ko_property EnvironmentFiles)
    KO_UNIT_ASKED=yes
}

ko_property() {
    systemctl show -p "$1" "$KO_UNIT" 2>/dev/null | sed -n "s/^$1=//p"
}

# ko_split LINE: where a line sets KO_VARIABLE: ko_head, KO_FOUND_VALUE, ko_tail. Status 1 when it does not, 2 when it does in
# a way that is not understood.
ko_split() {
    ko_head=${1%%[![:space:]]*}
    case ${1#"$ko_head"} in '#'* | ';'*) return 1 ;; esac
    case $1 in *"$KO_VARIABLE"*) ;; *) return 1 ;; esac
    ko_head=${1%%"$KO_VARIABLE"*} ko_tail=${1#*"$KO_VARIABLE"} ko_quote=
    case $ko_head in *[A-Za-z0-9_]) return 1 ;; esac
    case $ko_tail in [A-Za-z0-9_]*) return 1 ;; esac
    case $ko_head in *\") ko_quote='"' ;; *\') ko_quote=\' ;; esac
    ko_head=$ko_head$KO_VARIABLE
    case $KO_SHAPE$ko_tail in
        compose:[[:space:]]*)
            ko_tail=${ko_tail#:}
            ko_head="$ko_head:${ko_tail%%[![:space:]]*}"
            ko_tail=${ko_tail#"${ko_tail%%[![:space:]]*}"}
            ;;
        "$KO_SHAPE="*) ko_head=$ko_head= ko_tail=${ko_tail#=} ;;
        *) return 2 ;;
    esac
    if [ -z "$ko_quote" ]; then
        case $ko_tail in \"* | \'*)
            ko_quote=${ko_tail%"${ko_tail#?}"}
            ko_head=$ko_head$ko_quote ko_tail=${ko_tail#?}
            ;;
        esac
    fi
    case $KO_SHAPE,$ko_quote in
        *,?)
            case $ko_tail in *"$ko_quote"*) ;; *) return 2 ;; esac
            KO_FOUND_VALUE=${ko_tail%%"$ko_quote"*}
            ;;
        unit,) KO_FOUND_VALUE=${ko_tail%%[[:space:]]*} ;;
        compose,) KO_FOUND_VALUE=${ko_tail%%[[:space:]]#*} ;;
        *) KO_FOUND_VALUE=$ko_tail ;;
    esac
    KO_FOUND_VALUE=${KO_FOUND_VALUE%"${KO_FOUND_VALUE##*[![:space:]]}"}
    ko_tail=${ko_tail#"$KO_FOUND_VALUE"}
    ko_plain "$KO_FOUND_VALUE" || return 2
}

# Values that mean the same in every kind of file, with and without quotes.
ko_plain() {
    case $1 in
        '' | *[!A-Za-z0-9' '_./?\;,:@+~=-]*) return 1 ;;
    esac
}

# ko_assigned FILE: true when it sets KO_VARIABLE. KO_HAVE, the value; KO_LINE, the last line that does; KO_TIMES, how many
# do; KO_ODD, the line that is not understood.
ko_assigned() {
    KO_HAVE='' KO_LINE=0 KO_TIMES=0 KO_ODD='' ko_number=0
    [ -r "$1" ] || return 1
    while IFS= read -r ko_line || [ -n "$ko_line" ]; do
        ko_number=$((ko_number + 1))
        ko_split "$ko_line"
        case $? in
            0) KO_HAVE=$KO_FOUND_VALUE KO_ODD= ;;
            1) continue ;;
            *) KO_HAVE='' KO_ODD=$ko_number ;;
        esac
        KO_LINE=$ko_number KO_TIMES=$((KO_TIMES + 1))
    done <"$1"
    [ "$KO_LINE" -gt 0 ]
}

# ko_settable VALUE: ends the visit, and says what to do by hand, where the file cannot be changed without a doubt.
ko_settable() {
    ko_by_hand="set $KO_VARIABLE there to '$1'"
    [ -z "$KO_ODD" ] || ko_fail enable "$KO_HOME, line $KO_ODD: $KO_VARIABLE is set in a way that is not understood; $ko_by_hand"
    ko_plain "$1" || ko_fail enable "$KO_HOME: the value has characters that mean something in such a file; $ko_by_hand"
    [ "$KO_SHAPE" = compose ] || return 0
    [ "$KO_TIMES" -lt 2 ] || ko_fail enable "$KO_HOME sets $KO_VARIABLE for several services; for that of this Kong, $ko_by_hand"
    [ "$KO_TIMES" -eq 1 ] || ko_place || ko_fail enable "$KO_HOME: it is not plain where the environment of this Kong is; $ko_by_hand"
}

# The place for a new entry in a compose file: before line KO_PLACE, after KO_INDENT, when there is one environment.
ko_place() {
    KO_PLACE=0 KO_INDENT='' ko_number=0 ko_environments=0 ko_above=
    while IFS= read -r ko_line || [ -n "$ko_line" ]; do
        ko_number=$((ko_number + 1))
        ko_head=${ko_line%%[![:space:]]*}
        ko_rest=${ko_line#"$ko_head"}
        case $ko_rest in '' | '#'*) continue ;; esac
        if [ -n "$ko_above" ]; then
            ko_above=${ko_above%.}
            case $ko_rest in
                '- '*) KO_INDENT="$ko_head- " ;;
                *) KO_INDENT=$ko_head && [ "${#ko_head}" -gt "${#ko_above}" ] || return 1 ;;
            esac
            KO_PLACE=$ko_number ko_above=
        fi
        case $ko_rest in environment:*)
            [ "${ko_rest%"${ko_rest##*[![:space:]]}"}" = environment: ] || return 1
            ko_environments=$((ko_environments + 1)) ko_above=$ko_head.
            ;;
        esac
    done <"$KO_HOME"
    [ "$ko_environments" = 1 ] && [ "$KO_PLACE" -gt 0 ]
}

# ko_set_variable VARIABLE VALUE: in the line that sets it, else in a new one; by one rename.
ko_set_variable() {
    ko_copy_home
    ko_said=$(ko_lines_with_variable "$1" "$2" 2>&1 >"$KO_COPY") ||
        ko_fail enable "cannot write $KO_COPY (is the disk full?)${ko_said:+: $ko_said}"
    ko_put_copy
}

# ko_lines_with_variable VARIABLE VALUE: the lines of the file as they are to be; see ko_lines_with_key.
ko_lines_with_variable() {
    ko_number=0 ko_section=
    if [ -f "$KO_FILE" ]; then
        while IFS= read -r ko_line || [ -n "$ko_line" ]; do
            ko_number=$((ko_number + 1))
            case $ko_line in '['*) ko_section=$ko_line ;; esac
            if [ "$ko_number" = "$KO_LINE" ]; then
                ko_split "$ko_line"
                printf '%s%s%s\n' "$ko_head" "$2" "$ko_tail"
            else
                [ "$KO_LINE $KO_SHAPE $ko_number" != "0 compose $KO_PLACE" ] || ko_compose_line "$1" "$2" || return 1
                printf '%s\n' "$ko_line"
            fi || return 1
        done <"$KO_FILE"
    fi
    case $KO_LINE,$KO_SHAPE in
        0,env) printf '%s=%s\n' "$1" "$2" ;;
        0,unit)
            case $ko_section in '[Service]'*) ;; *) printf '[Service]\n' || return 1 ;; esac
            printf 'Environment="%s=%s"\n' "$1" "$2"
            ;;
    esac
}

# ko_compose_line VARIABLE VALUE: as the entries around it are written.
ko_compose_line() {
    case $KO_INDENT in
        *-*) printf '%s"%s=%s"\n' "$KO_INDENT" "$1" "$2" ;;
        *) printf '%s%s: "%s"\n' "$KO_INDENT" "$1" "$2" ;;
    esac
}
