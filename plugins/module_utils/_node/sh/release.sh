# shellcheck shell=sh disable=SC2034,SC2153 # the parts are joined: each uses the others' variables
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The node program, part 4: releases. Ship, switch, keep, go back. Whatever is cut, the live path leads to a whole
# release or to what was there before; the next visit finishes or takes back.
#
#   <root>/releases/<plugin>/<digest>/           the files
#   <root>/releases/<plugin>/<digest>.manifest   their sums
#   <root>/releases/<plugin>/previous            digest that was live before
#   <root>/kong/plugins/<plugin>                 relative link to the live release

# ko_live NAME: KO_LIVE = digest | directory | foreign (a link elsewhere) | none.
ko_live() {
    ko_at=$KO_ROOT/kong/plugins/$1
    KO_LIVE=none
    if [ -L "$ko_at" ]; then
        ko_target=$(readlink -- "$ko_at")
        KO_LIVE=${ko_target#"../../releases/$1/"}
        case $KO_LIVE in *[!0-9a-f]*) KO_LIVE=foreign ;; esac
        [ -n "$KO_LIVE" ] || KO_LIVE=foreign
    elif [ -d "$ko_at" ]; then
        KO_LIVE=directory
    fi
}

ko_previous() {
    [ ! -r "$KO_ROOT/releases/$1/previous" ] || head -c 64 "$KO_ROOT/releases/$1/previous"
}

# Digests of the releases of a plugin that are whole enough to have a manifest, newest first.
ko_releases() {
    [ -d "$KO_ROOT/releases/$1" ] || return 0
    (cd -- "$KO_ROOT/releases/$1" && find . -name '*.manifest' -type f) | sed -n 's,^\./\([0-9a-f]\{64\}\)\.manifest$,\1,p' |
        while read -r ko_hex; do
            [ ! -d "$KO_ROOT/releases/$1/$ko_hex" ] ||
                stat -c '%Y %n' -- "$KO_ROOT/releases/$1/$ko_hex.manifest"
        done | sort -rn | sed 's,.*/\([0-9a-f]*\)\.manifest$,\1,'
}

ko_mounted() {
    grep -qF " $(readlink -f -- "$KO_ROOT/kong/plugins" 2>/dev/null)/$1 " /proc/self/mountinfo 2>/dev/null
}

# Where an adoption that was cut left the plain directory.
ko_left_aside() {
    [ ! -d "$KO_ROOT/kong/plugins/.$1.adopted" ] || printf '%s' "$KO_ROOT/kong/plugins/.$1.adopted"
}

# ko_whole NAME DIGEST: true when the files of a release are exactly those of its digest.
ko_whole() {
    ko_release=$KO_ROOT/releases/$1/$2
    [ -d "$ko_release" ] && [ -r "$ko_release.manifest" ] && [ "$(ko_digest <"$ko_release.manifest")" = "$2" ] &&
        [ -z "$(find "$ko_release" ! -type f ! -type d | head -n 1)" ] &&
        [ "$(ko_manifest_of "$ko_release" all)" = "$(cat "$ko_release.manifest")" ]
}

# The whole of a release visit: everything is shipped and verified before anything is switched.
ko_release() {
    ko_guard
    KO_CHANGED='' KO_UNDO=
    case $KO_STATE in
        absent)
            for ko_name in $KO_NAMES; do ko_refuse_enabled "$ko_name"; done
            for ko_name in $KO_NAMES; do ko_remove "$ko_name"; done
            ;;
        *)
            for ko_name in $KO_NAMES; do ko_prepare "$ko_name"; done
            for ko_name in $KO_NAMES; do ko_ask "$ko_name"; done
            [ -z "$KO_NEEDED" ] || ko_finish
            for ko_name in $KO_NAMES; do ko_ship "$ko_name"; done
            ko_preflight
            if [ "$KO_STATE" != staged ]; then
                for ko_name in $KO_NAMES; do
                    kongops_plugin "$ko_name"
                    ko_switch "$ko_name" "$KO_WANTED"
                done
                [ "$KO_ENABLE" = no ] || ko_enable
            fi
            ;;
    esac
    ko_flush
    [ "$KO_RELOAD" != yes ] || ko_prove_switch
    for ko_name in $KO_NAMES; do ko_prune "$ko_name"; done
}

# Refuses places that Kong's own user could write to: a hole in a plugin must not become a hole in every node.
ko_guard() {
    ko_try root "make $KO_ROOT" mkdir -p -- "$KO_ROOT/releases" "$KO_ROOT/kong/plugins"
    ko_workers
    ko_owner=
    for ko_pid in $KO_WORKERS; do
        ko_owner=$(stat -c %u "/proc/$ko_pid" 2>/dev/null || :) && break
    done
    [ -n "$ko_owner" ] && [ "$ko_owner" != "$(id -u)" ] || ko_owner=
    for ko_folder in "$KO_ROOT" "$KO_ROOT/releases" "$KO_ROOT/kong" "$KO_ROOT/kong/plugins"; do
        ko_access=$(stat -L -c '%a %u' -- "$ko_folder") || ko_fail root "cannot read $ko_folder"
        case $ko_access in
            *[2367]' '*) ko_fail writable "$ko_folder is writable by everybody; chmod o-w it" ;;
        esac
        [ -z "$ko_owner" ] || [ "${ko_access#* }" != "$ko_owner" ] ||
            ko_fail writable "$ko_folder belongs to the user that Kong's workers run as; chown it to root"
    done
    # What earlier visits staged and were cut before using. An hour old: a visit of somebody else may still run.
    find "$KO_ROOT/releases" "$KO_ROOT/kong/plugins" -maxdepth 2 -name '.kongops.*' -mmin +60 \
        -exec rm -rf -- {} + 2>/dev/null || :
}

ko_refuse_enabled() {
    case ,$(ko_setting plugins KONG_PLUGINS bundled | tr -d ' '), in
        *",$1,"*) ko_fail enabled "$1 is still in the setting plugins of this node; take it out and reload first" ;;
    esac
}

# ko_prepare NAME: finishes or takes back what an earlier visit left, and learns what to go to.
ko_prepare() {
    ! ko_mounted "$1" || ko_fail mount "$KO_ROOT/kong/plugins/$1 is a mount point, which cannot be switched by a rename; \
mount the plugin root as a whole instead"
    ko_aside=$(ko_left_aside "$1")
    ko_live "$1"
    if [ -n "$ko_aside" ] && [ "$KO_LIVE" = none ]; then
        ko_try adopt "take back $ko_aside" mv -- "$ko_aside" "$KO_ROOT/kong/plugins/$1"
        ko_say recovered "$1" "an adoption that had been cut was taken back"
    elif [ -n "$ko_aside" ]; then
        rm -rf -- "$ko_aside"
    fi
}

# ko_ask NAME: names the releases whose files would have to be sent and were not; nothing has changed then.
ko_ask() {
    kongops_plugin "$1"
    if [ "$KO_STATE" = rolled_back ]; then
        ko_hex=${KO_WANTED:-$(ko_previous "$1")}
        [ -n "$ko_hex" ] || ko_fail previous "$1 has no previous release on this node"
        ko_whole "$1" "$ko_hex" || ko_fail previous "release $ko_hex of $1 is not on this node, or not whole"
    elif [ "$KO_INLINE" = no ] && ! ko_whole "$1" "$KO_WANTED"; then
        KO_NEEDED="$KO_NEEDED$1 "
        ko_say need "$1" "$KO_WANTED"
    fi
}

# ko_ship NAME: the release is on disk, verified, before this returns.
ko_ship() {
    kongops_plugin "$1"
    if [ "$KO_STATE" = rolled_back ] || ko_whole "$1" "$KO_WANTED"; then
        return 0
    fi
    ko_home=$KO_ROOT/releases/$1
    ko_stage=$ko_home/.kongops.$KO_RUN.$$
    ko_try ship "make $ko_stage" mkdir -p -- "$ko_stage/files"
    KO_STAGED="$KO_STAGED $ko_stage"
    ko_said=$({ kongops_manifest "$1" >"$ko_stage/manifest"; } 2>&1) ||
        ko_fail ship "cannot write the manifest of $1: $ko_said"
    kongops_files "$1" || ko_fail ship "the files of $1 were not sent"
    ko_install "$1" "$KO_WANTED" "$ko_stage"
    ko_say shipped "$1" "$KO_WANTED"
    KO_CHANGED="$KO_CHANGED$1 "
}

# ko_put PATH: standard input, out of base64, as a file of the stage. kongops_files calls it for each.
ko_put() {
    case $1 in
        */*) ko_try ship "make a directory for $1" mkdir -p -- "$ko_stage/files/${1%/*}" ;;
    esac
    ko_said=$({ $KO_UNBASE64 >"$ko_stage/files/$1"; } 2>&1) || ko_fail ship "cannot write $1: $ko_said"
}

# ko_install NAME DIGEST STAGE: verifies what was staged and makes it the release of that digest.
ko_install() {
    ko_release=$KO_ROOT/releases/$1/$2
    [ "$(ko_digest <"$3/manifest")" = "$2" ] &&
        [ "$(ko_manifest_of "$3/files" all)" = "$(cat "$3/manifest")" ] ||
        ko_fail ship "the files of $1 on disk are not those that were sent (is the disk full?)"
    find "$3" -type f -exec chmod 644 {} +
    find "$3" -type d -exec chmod 755 {} +
    find "$3" -type f -exec sync {} + 2>/dev/null || sync
    if [ -d "$ko_release" ]; then
        ko_repair "$ko_release" "$3"
    else
        ko_try ship "put release $2 of $1 in place" mv -- "$3/files" "$ko_release"
    fi
    ko_try ship "put the manifest of $1 in place" mv -f -- "$3/manifest" "$ko_release.manifest"
    rm -rf -- "$3"
    ! ko_has restorecon || restorecon -RF "$ko_release" >/dev/null 2>&1 || :
}

# ko_repair RELEASE STAGE: file by file, so that a live release never misses one.
ko_repair() {
    find "$1" ! -type f ! -type d -exec rm -f -- {} +
    while read -r _ ko_path; do
        case $ko_path in */*) ko_try ship "repair $1" mkdir -p -- "$1/${ko_path%/*}" ;; esac
        ko_try ship "repair $ko_path of $1" mv -f -- "$2/files/$ko_path" "$1/$ko_path"
    done <"$2/manifest"
    (cd -- "$1" && find . -type f) | sed 's,^\./,,' | while read -r ko_path; do
        grep -q "^[0-9a-f]*  $ko_path\$" "$2/manifest" || rm -f -- "$1/$ko_path"
    done
    ko_say repaired - "$1"
}

# ko_keep_found NAME: makes a release of the directory that is live now, so that it can be gone back to.
ko_keep_found() {
    ko_at=$KO_ROOT/kong/plugins/$1
    ko_stage=$KO_ROOT/releases/$1/.kongops.$KO_RUN.$$
    ko_try adopt "make $ko_stage" mkdir -p -- "$ko_stage/files"
    KO_STAGED="$KO_STAGED $ko_stage"
    ko_manifest_of "$ko_at/." rule >"$ko_stage/manifest"
    KO_FOUND=$(ko_digest <"$ko_stage/manifest")
    while read -r _ ko_path; do
        case $ko_path in
            *[!A-Za-z0-9._/-]*) ko_fail adopt "$ko_at holds a file whose name cannot be kept: $ko_path" ;;
            */*) ko_try adopt "keep $ko_path of $1" mkdir -p -- "$ko_stage/files/${ko_path%/*}" ;;
        esac
        ko_try adopt "keep $ko_path of $1" cp -- "$ko_at/$ko_path" "$ko_stage/files/$ko_path"
    done <"$ko_stage/manifest"
    if ko_whole "$1" "$KO_FOUND"; then
        rm -rf -- "$ko_stage"
    else
        ko_install "$1" "$KO_FOUND" "$ko_stage"
    fi
    ko_say adopted "$1" "$KO_FOUND"
}

# ko_switch NAME DIGEST: one rename. Empty digest: the previous release.
ko_switch() {
    ko_hex=$2
    [ -n "$ko_hex" ] || ko_hex=$(ko_previous "$1")
    ko_live "$1"
    ko_was=$KO_LIVE
    [ "$ko_was" != "$ko_hex" ] || return 0
    case $ko_was in
        directory | foreign)
            ko_keep_found "$1"
            ko_was=$KO_FOUND
            ;;
    esac
    KO_UNDO="$KO_UNDO$1:$ko_was:$(ko_previous "$1") "
    # Going back keeps the record, so that going back twice is going back once.
    [ "$ko_was" = none ] || [ "$KO_STATE" = rolled_back ] || ko_remember "$1" "$ko_was"
    ko_point "$1" "$ko_hex"
    ko_say switched "$1" "$ko_was $ko_hex"
    KO_CHANGED="$KO_CHANGED$1 "
}

# ko_remember NAME DIGEST: records the release to go back to.
ko_remember() {
    ko_note=$KO_ROOT/releases/$1/.kongops.$KO_RUN.$$.previous
    KO_STAGED="$KO_STAGED $ko_note"
    ko_said=$({ printf '%s\n' "$2" >"$ko_note"; } 2>&1) || ko_fail switch "cannot record the previous release of $1: $ko_said"
    ko_try switch "record the previous release of $1" mv -f -- "$ko_note" "$KO_ROOT/releases/$1/previous"
}

# ko_point NAME DIGEST: the live link leads to that release. A link of the same name is moved into the directory, since
# that is a plain rename(2) for every mv; `mv -T` is not known to all of them.
ko_point() {
    ko_plugins=$KO_ROOT/kong/plugins
    ko_stage=$ko_plugins/.kongops.$KO_RUN.$$.$1
    rm -rf -- "$ko_stage"
    ko_try switch "make $ko_stage" mkdir -- "$ko_stage"
    KO_STAGED="$KO_STAGED $ko_stage"
    ko_try switch "link $1" ln -s -- "../../releases/$1/$2" "$ko_stage/$1"
    if [ -d "$ko_plugins/$1" ] && [ ! -L "$ko_plugins/$1" ]; then
        ko_try switch "set $ko_plugins/$1 aside" mv -- "$ko_plugins/$1" "$ko_plugins/.$1.adopted"
    fi
    ko_try switch "switch $1" mv -f -- "$ko_stage/$1" "$ko_plugins/"
    rm -rf -- "$ko_stage" "$ko_plugins/.$1.adopted"
}

ko_remove() {
    ko_live "$1"
    [ "$KO_LIVE" != none ] || [ -d "$KO_ROOT/releases/$1" ] || return 0
    ! ko_mounted "$1" || ko_fail mount "$KO_ROOT/kong/plugins/$1 is a mount point"
    ko_try remove "remove $1" rm -rf -- "$KO_ROOT/kong/plugins/$1" "$KO_ROOT/kong/plugins/.$1.adopted" "$KO_ROOT/releases/$1"
    ko_say removed "$1" yes
    KO_CHANGED="$KO_CHANGED$1 "
}

# Links and directory entries reach the disk too.
ko_flush() {
    [ -n "$KO_CHANGED" ] || return 0
    sync -f "$KO_ROOT/kong/plugins" 2>/dev/null || sync
}

# ko_prune NAME: the last KO_KEEP releases stay, the live and the previous one always.
ko_prune() {
    [ "$KO_STATE" != absent ] || return 0
    ko_live "$1"
    ko_before=$(ko_previous "$1")
    kongops_plugin "$1"
    ko_count=0
    for ko_hex in $(ko_releases "$1"); do
        ko_count=$((ko_count + 1))
        [ "$ko_count" -gt "$KO_KEEP" ] || continue
        case $ko_hex in "$KO_LIVE" | "$ko_before" | "$KO_WANTED") continue ;; esac
        rm -f -- "$KO_ROOT/releases/$1/$ko_hex.manifest"
        rm -rf -- "$KO_ROOT/releases/$1/${ko_hex:?}"
        ko_say pruned "$1" "$ko_hex"
    done
}
