# shellcheck shell=sh disable=SC2034,SC2153 # the parts are joined: each uses the others' variables
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The node program, part 7: disable. Takes names out of `plugins`, where this Kong has it from, and reloads; the files stay.
# A node whose stored configuration still uses a plugin answers nothing once it is out (kong-data-plane.md 5 C), so a
# reload that goes wrong puts the names back.

# ko_without LIST: the comma list without this visit's names, in KO_WISH, as it is where it has none of them; "off" when
# nothing is left.
ko_without() {
    KO_WISH=$1
    ko_has_any "$1" || return 0
    KO_WISH='' ko_left=$1,
    while [ -n "$ko_left" ]; do
        ko_name=${ko_left%%[, ]*}
        ko_left=${ko_left#*[, ]}
        case " $KO_NAMES " in
            *" $ko_name "*) ;;
            *) [ -z "$ko_name" ] || KO_WISH="$KO_WISH${KO_WISH:+,}$ko_name" ;;
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
    ko_get plugins KONG_PLUGINS bundled
    ko_now=$KO_VALUE
    ko_at_start
    ko_then=$KO_VALUE
    ko_last "$KO_OF_CONF" plugins
    # Where nothing names them, nobody has to know where the setting is.
    ko_has_any "$ko_now" || ko_has_any "$ko_then" || ko_has_any "$KO_VALUE" || [ -n "$KO_ENVIRONMENT_FILE" ] || return 0
    ko_home plugins
    ko_without "$KO_VALUE"
    ko_set plugins "$KO_WISH"
    if ko_has_any "$KO_VALUE" || ko_has_any "$KO_NOW" || { [ "$KO_KIND" = container ] && ko_has_any "$KO_AT_START"; }; then
        ko_bring plugins "$KO_WISH"
        ko_announce
    fi
    [ "$KO_CHECK" = no ] && [ "$KO_RELOAD" = yes ] && [ -n "$KO_ENABLED" ] || return 0
    ko_prove_disabled
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
