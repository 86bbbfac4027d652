# shellcheck shell=sh disable=SC2034,SC2153 # the parts are joined: each uses the others' variables
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The node program, part 7: disable. Takes names out of `plugins` of kong.conf and reloads; the files stay. A node whose
# stored configuration still uses a plugin answers nothing once it is out (kong-data-plane.md 5 C), so a reload that
# goes wrong puts the names back.

# ko_without LIST: the comma list without this visit's names, in KO_WISH; "off" when nothing is left.
ko_without() {
    KO_WISH=
    for ko_name in $(printf '%s' "$1" | tr ',' ' '); do
        case " $KO_NAMES " in
            *" $ko_name "*) ;;
            *) KO_WISH="$KO_WISH${KO_WISH:+,}$ko_name" ;;
        esac
    done
    KO_WISH=${KO_WISH:-off}
}

# ko_has_any LIST: true when the comma list has one of this visit's names.
ko_has_any() {
    for ko_name in $KO_NAMES; do
        ! ko_in_list "$1" , "$ko_name" || return 0
    done
    return 1
}

ko_disabled() {
    ko_loaded_with=$(ko_setting plugins KONG_PLUGINS bundled)
    ko_have=$(ko_from_file "$KO_CONF_READ" plugins)
    ko_has_any "$ko_have" || ko_has_any "$ko_loaded_with" || return 0
    [ "$KO_KIND" != container ] || ko_fail disable "the settings of a container are those it was made with: \
take the plugin out of KONG_PLUGINS where it is defined, and re-create it"
    [ -f "$KO_CONF_READ" ] || ko_fail disable 'no configuration file was found on this node; name it with kong_conf'
    ko_refuse_environment KONG_PLUGINS
    [ -n "$ko_have" ] || ko_have=$ko_loaded_with
    KO_PLUGINS_BEFORE='' KO_PATH_BEFORE=
    if ko_has_any "$ko_have"; then
        ko_without "$ko_have"
        KO_PLUGINS_BEFORE=$ko_have
        ko_set_key plugins "$KO_WISH"
        ko_say disabled_in - "$KO_CONF_READ"
    fi
    # A reload without -c would keep the settings that Kong runs with (kong-data-plane.md 5.7).
    KO_CONF=$KO_CONF_READ
    [ "$KO_RELOAD" != yes ] || ko_prove_disabled
}

ko_prove_disabled() {
    ko_workers
    if [ -z "$KO_MASTER" ]; then
        ko_say idle - yes
        return 0
    fi
    ko_reload_once 1 reload
    if [ "$KO_LOADED" = no ] && [ "$KO_ON_FAILURE" = undo ]; then
        ko_disable
        ko_reload_once 2 undo
    else
        ko_again 2
    fi
}
