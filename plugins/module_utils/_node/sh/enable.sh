# shellcheck shell=sh disable=SC2034,SC2153 # the parts are joined: each uses the others' variables
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The node program, part 6: enable. The names in `plugins` and the root in `lua_package_path` of kong.conf; every other
# line, entry and comment stays as it is.

# ko_in_list LIST SEPARATOR ITEM
ko_in_list() {
    case "$2$(printf '%s' "$1" | tr -d ' ')$2" in
        *"$2$3$2"*) return 0 ;;
        *) return 1 ;;
    esac
}

# ko_wish KEY: the value that KEY should have, in KO_WISH; empty when it has it.
ko_wish() {
    ko_have=$(ko_from_file "$KO_CONF_READ" "$1")
    KO_WISH=
    if [ "$1" = plugins ]; then
        [ -n "$ko_have" ] || ko_have=$(ko_setting plugins KONG_PLUGINS bundled)
        ko_wanted=$ko_have
        for ko_name in $KO_NAMES; do
            ko_in_list "$ko_wanted" , "$ko_name" || ko_wanted="$ko_wanted,$ko_name"
        done
        ko_wanted=${ko_wanted#off,}
    else
        [ -n "$ko_have" ] || ko_have=$(ko_setting "$1" KONG_LUA_PACKAGE_PATH './?.lua;./?/init.lua;')
        ko_wanted=$ko_have
        ko_in_list "$ko_have" ';' "$KO_ROOT/?.lua" || ko_wanted="$KO_ROOT/?.lua;$ko_have"
    fi
    if [ "$ko_wanted" != "$(ko_from_file "$KO_CONF_READ" "$1")" ] && [ "$ko_wanted" != "$ko_have" ]; then
        KO_WISH=$ko_wanted
    fi
}

# True when Kong was last loaded with the names and the root.
ko_is_enabled() {
    ko_loaded_with=$(ko_setting plugins KONG_PLUGINS bundled)
    for ko_name in $KO_NAMES; do
        ko_in_list "$ko_loaded_with" , "$ko_name" || return 1
    done
    ko_in_list "$(ko_setting lua_package_path KONG_LUA_PACKAGE_PATH '')" ';' "$KO_ROOT/?.lua"
}

# Puts what is missing into the file. KO_PLUGINS_BEFORE and KO_PATH_BEFORE hold the values to go back to.
ko_enable() {
    [ "$KO_KIND" != container ] || ! ko_is_enabled || return 0
    [ "$KO_KIND" != container ] || ko_fail enable "the settings of a container are those it was made with: \
set KONG_PLUGINS and KONG_LUA_PACKAGE_PATH where it is defined, and re-create it"
    [ -f "$KO_CONF_READ" ] || ko_fail enable 'no configuration file was found on this node; name it with kong_conf'
    ko_wish plugins
    KO_PLUGINS_BEFORE='' KO_PATH_BEFORE=
    if [ -n "$KO_WISH" ]; then
        ko_refuse_environment KONG_PLUGINS
        KO_PLUGINS_BEFORE=$ko_have
        ko_set_key plugins "$KO_WISH"
    fi
    ko_wish lua_package_path
    if [ -n "$KO_WISH" ]; then
        ko_refuse_environment KONG_LUA_PACKAGE_PATH
        KO_PATH_BEFORE=$ko_have
        ko_set_key lua_package_path "$KO_WISH"
    fi
    if [ -n "$KO_PLUGINS_BEFORE$KO_PATH_BEFORE" ]; then
        ko_say enabled_in - "$KO_CONF_READ"
    elif ko_is_enabled; then
        return 0
    fi
    # A reload without -c would keep the settings that Kong runs with (kong-data-plane.md 5.7).
    KO_CONF=$KO_CONF_READ
    KO_ENABLED=yes
}

ko_refuse_environment() {
    [ -z "$(ko_from_master "$1")" ] || ko_fail enable "$1 is set in the environment of Kong, which wins over $KO_CONF_READ; \
change it where the service or container is defined, and re-create it"
}

# The reverse, by value: a key that is absent from the file would keep its new value at the next reload.
ko_disable() {
    [ -z "$KO_PLUGINS_BEFORE" ] || ko_set_key plugins "$KO_PLUGINS_BEFORE"
    [ -z "$KO_PATH_BEFORE" ] || ko_set_key lua_package_path "$KO_PATH_BEFORE"
}

# ko_set_key KEY VALUE: in the last line that sets the key, else in a new one at the end; by one rename.
ko_set_key() {
    ko_file=$(readlink -f -- "$KO_CONF_READ")
    ko_copy=$ko_file.kongops.$KO_RUN.$$
    ko_try enable "copy $ko_file" cp -p -- "$ko_file" "$ko_copy"
    KO_STAGED="$KO_STAGED $ko_copy"
    ko_last=$(grep -n "^[[:space:]]*$1[[:space:]]*=" "$ko_file" | tail -n 1 | cut -d: -f1)
    ko_number=0
    {
        while IFS= read -r ko_line || [ -n "$ko_line" ]; do
            ko_number=$((ko_number + 1))
            if [ "$ko_number" = "$ko_last" ]; then
                case $ko_line in
                    *[[:space:]]#*) printf '%s = %s  #%s\n' "$1" "$2" "${ko_line#*[[:space:]]#}" ;;
                    *) printf '%s = %s\n' "$1" "$2" ;;
                esac
            else
                printf '%s\n' "$ko_line"
            fi
        done <"$ko_file"
        [ -n "$ko_last" ] || printf '%s = %s\n' "$1" "$2"
    } >"$ko_copy" || ko_fail enable "cannot write $ko_copy"
    ko_try enable "put $ko_file in place" mv -f -- "$ko_copy" "$ko_file"
}
