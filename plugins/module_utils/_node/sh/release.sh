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

# ko_live NAME: KO_LIVE = digest | directory | foreign (a link elsewhere) | none. A link is read once, until it is switched.
ko_live() {
    ko_at=$KO_ROOT/kong/plugins/$1
    KO_LIVE=none
    if [ -L "$ko_at" ]; then
        case $KO_LINKS in
            *" $1="*)
                KO_LIVE=${KO_LINKS#*" $1="}
                KO_LIVE=${KO_LIVE%% *}
                return 0
                ;;
        esac
        ko_target=$(readlink -- "$ko_at")
        KO_LIVE=${ko_target#"../../releases/$1/"}
        case $KO_LIVE in '' | *[!0-9a-f]*) KO_LIVE=foreign ;; esac
        KO_LINKS="$KO_LINKS $1=$KO_LIVE "
    elif [ -d "$ko_at" ]; then
        KO_LIVE=directory
    fi
}

# ko_before NAME: the digest to go back to, in KO_BEFORE.
ko_before() {
    KO_BEFORE=
    [ ! -r "$KO_ROOT/releases/$1/previous" ] || read -r KO_BEFORE <"$KO_ROOT/releases/$1/previous" || :
    case $KO_BEFORE in *[!0-9a-f]*) KO_BEFORE= ;; esac
}

ko_previous() {
    ko_before "$1"
    printf '%s' "$KO_BEFORE"
}

# ko_releases NAME: digests of the releases that are whole enough to have a manifest, newest first, in KO_RELEASES, and
# how many these are in KO_COUNT. Only where there are several a process is needed to put them in order.
ko_releases() {
    KO_RELEASES='' KO_COUNT=0
    set -- "$KO_ROOT/releases/$1"
    set +f
    for ko_entry in "$1"/*.manifest; do
        ko_hex=${ko_entry##*/}
        ko_hex=${ko_hex%.manifest}
        case $ko_hex in *[!0-9a-f]*) continue ;; esac
        [ "${#ko_hex}" = 64 ] && [ -d "$1/$ko_hex" ] || continue
        set -- "$@" "$ko_hex.manifest"
        KO_RELEASES=$ko_hex KO_COUNT=$((KO_COUNT + 1))
    done
    set -f
    [ "$KO_COUNT" -gt 1 ] || return 0
    ko_entry=$1
    shift
    KO_RELEASES=
    for ko_hex in $(cd -- "$ko_entry" && ls -t -- "$@"); do
        KO_RELEASES="$KO_RELEASES${ko_hex%.manifest} "
    done
}

# ko_mounted NAME: a link is no mount point, so no process is needed for one.
ko_mounted() {
    [ -d "$KO_ROOT/kong/plugins/$1" ] && [ ! -L "$KO_ROOT/kong/plugins/$1" ] &&
        grep -qF " $(readlink -f -- "$KO_ROOT/kong/plugins" 2>/dev/null)/$1 " /proc/self/mountinfo 2>/dev/null
}

# ko_whole NAME DIGEST: true when the files of a release are exactly those of its digest. Summed once in a visit.
ko_whole() {
    case $KO_WHOLE in *" $1/$2 "*) return 0 ;; esac
    KO_MANIFEST=
    [ "$2" != "$KO_WANTED" ] || kongops_manifest "$1" || :
    ko_holds "$KO_ROOT/releases/$1/$2" "$KO_MANIFEST" || return 1
    KO_WHOLE="$KO_WHOLE $1/$2 "
}

# ko_holds FOLDER MANIFEST: true when FOLDER.manifest has the digest that FOLDER is named for, and FOLDER exactly its files.
# MANIFEST is its text where that is known.
ko_holds() {
    [ -d "$1" ] && [ -f "$1.manifest" ] || return 1
    ko_sums=${2:-$(cat -- "$1.manifest")}
    ko_paths='' ko_expected='' ko_folder=$1 ko_sum=${1##*/}
    # shellcheck disable=SC2086
    set -- $ko_sums
    ko_count=$(($# / 2))
    while [ $# -gt 1 ]; do
        ko_paths="$ko_paths ./$2"
        ko_expected=$ko_expected$1$KO_BETWEEN./$2$KO_NEWLINE
        shift 2
    done
    # The sums of the files that should be there, and that of the manifest.
    # shellcheck disable=SC2086
    ko_said=$(cd -- "$ko_folder" && $KO_SHA256 $ko_paths "./../$ko_sum.manifest" 2>/dev/null)
    [ "$ko_said" = "$ko_expected$ko_sum$KO_BETWEEN./../$ko_sum.manifest" ] || return 1
    # As many are there; what is no regular file counts twice.
    # shellcheck disable=SC2046
    set -- $(cd -- "$ko_folder" && find . -type d -o -type f -print -o -print -print)
    [ $# = "$ko_count" ]
}

# The whole of a release visit: everything is shipped and verified before anything is switched.
ko_release() {
    ko_guard
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
                # What can be refused comes before the first switch.
                [ "$KO_ENABLE" = no ] || ko_foresee
                for ko_name in $KO_NAMES; do ko_adopt "$ko_name"; done
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
    for ko_folder in "$KO_ROOT/kong" "$KO_ROOT/kong/plugins"; do
        [ ! -L "$ko_folder" ] || ko_fail root "$ko_folder is a link, and the links to releases that are made below it would \
lead nowhere; make it a directory (the plugin root itself may be a link)"
    done
    [ -d "$KO_ROOT/releases" ] && [ -d "$KO_ROOT/kong/plugins" ] ||
        ko_try root "make $KO_ROOT" mkdir -p -- "$KO_ROOT/releases" "$KO_ROOT/kong/plugins"
    ko_workers
    ko_user='' ko_group=
    for ko_pid in $KO_WORKERS; do
        ko_said=$(stat -c '%u %g' "/proc/$ko_pid" 2>/dev/null) || continue
        [ "${ko_said% *}" = "$(id -u)" ] || ko_user=${ko_said% *} ko_group=${ko_said#* }
        break
    done
    set -- "$KO_ROOT" "$KO_ROOT/releases" "$KO_ROOT/kong" "$KO_ROOT/kong/plugins"
    ko_left=$(stat -L -c '%a %u %g' -- "$@") || ko_fail root "cannot read all of $*"
    for ko_folder in "$@"; do
        ko_line=${ko_left%%"$KO_NEWLINE"*}
        ko_left=${ko_left#*"$KO_NEWLINE"}
        ko_mode=${ko_line%% *} ko_line=${ko_line#* }
        case $ko_mode in *[2367]) ko_fail writable "$ko_folder is writable by everybody; chmod o-w it" ;; esac
        [ -n "$ko_user" ] || continue
        [ "${ko_line% *}" != "$ko_user" ] ||
            ko_fail writable "$ko_folder belongs to the user that Kong's workers run as; chown it to root"
        case $ko_mode,${ko_line#* } in
            *[2367]?,"$ko_group") ko_fail writable "$ko_folder is writable by the group of Kong's workers; chmod g-w it" ;;
        esac
    done
    ko_sweep
}

# What earlier visits staged and were cut before using. An hour old: a visit of somebody else may still run.
ko_sweep() {
    set +f
    for ko_entry in "$KO_ROOT"/releases/.kongops.* "$KO_ROOT"/releases/*/.kongops.* "$KO_ROOT"/kong/plugins/.kongops.*; do
        [ -e "$ko_entry" ] || continue
        find "$KO_ROOT/releases" "$KO_ROOT/kong/plugins" -maxdepth 2 -name '.kongops.*' -mmin +60 \
            -exec rm -rf -- {} + 2>/dev/null || :
        break
    done
    set -f
}

# ko_refuse_enabled NAME: what Kong runs with says nothing of what a changed file has for its next start.
ko_refuse_enabled() {
    ko_get plugins KONG_PLUGINS bundled
    ! ko_in_list "$KO_VALUE" , "$1" ||
        ko_fail enabled "$1 is still in the setting plugins of this node; take it out and reload first"
    ko_at_start
    ! ko_in_list "$KO_VALUE" , "$1" ||
        ko_fail enabled "$1 is still in the setting plugins that Kong will start with on this node; take it out first"
}

# ko_prepare NAME: finishes or takes back what an earlier visit left, and learns what to go to.
ko_prepare() {
    ! ko_mounted "$1" || ko_fail mount "$KO_ROOT/kong/plugins/$1 is a mount point, which cannot be switched by a rename; \
mount the plugin root as a whole instead"
    ko_aside=$KO_ROOT/kong/plugins/.$1.adopted
    [ -d "$ko_aside" ] || return 0
    ko_live "$1"
    if [ "$KO_LIVE" = none ]; then
        ko_try adopt "take back $ko_aside" mv -- "$ko_aside" "$KO_ROOT/kong/plugins/$1"
        ko_say recovered "$1" "an adoption that had been cut was taken back"
    else
        ko_put_away "$1"
    fi
}

# ko_ask NAME: names the releases whose files would have to be sent and were not; nothing has changed then.
ko_ask() {
    kongops_plugin "$1"
    if [ "$KO_STATE" = rolled_back ]; then
        ko_before "$1"
        ko_hex=${KO_WANTED:-$KO_BEFORE}
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
    ko_stage=$KO_ROOT/releases/$1/.kongops.$KO_RUN.$$
    KO_STAGED="$KO_STAGED $ko_stage"
    # The directory that ko_point will want too.
    ko_try ship "make $ko_stage" mkdir -p -- "$ko_stage/$KO_WANTED" "$KO_ROOT/kong/plugins/.kongops.$KO_RUN.$$.$1"
    KO_STAGED="$KO_STAGED $KO_ROOT/kong/plugins/.kongops.$KO_RUN.$$.$1"
    kongops_manifest "$1" || ko_fail ship "the manifest of $1 was not sent"
    ko_write "$KO_WANTED.manifest" "$KO_MANIFEST"
    kongops_files "$1" || ko_fail ship "the files of $1 were not sent"
    ko_install "$1" "$KO_WANTED" "$ko_stage"
    ko_say shipped "$1" "$KO_WANTED"
    KO_CHANGED="$KO_CHANGED$1 "
}

# ko_write PATH TEXT: a text of printable characters as a file of the stage, by the shell itself.
ko_write() {
    ko_said=$({ printf '%s' "$2" >"$ko_stage/$1"; } 2>&1) || ko_fail ship "cannot write $1 (is the disk full?): $ko_said"
}

# ko_folder_of PATH: the directory for a file of the release; kongops_files calls these three.
ko_folder_of() {
    case $1 in
        */*) [ -d "$ko_stage/$KO_WANTED/${1%/*}" ] ||
            ko_try ship "make a directory for $1" mkdir -p -- "$ko_stage/$KO_WANTED/${1%/*}" ;;
    esac
}

ko_put_text() {
    ko_folder_of "$1"
    ko_write "$KO_WANTED/$1" "$2"
}

# ko_put PATH: standard input, out of base64.
ko_put() {
    ko_folder_of "$1"
    ko_said=$({ $KO_UNBASE64 >"$ko_stage/$KO_WANTED/$1"; } 2>&1) || ko_fail ship "cannot write $1: $ko_said"
}

# ko_install NAME DIGEST STAGE: verifies the directory of that digest and its manifest in the stage, and makes them the
# release.
ko_install() {
    ko_release=$KO_ROOT/releases/$1/$2
    ko_holds "$3/$2" "$KO_MANIFEST" || ko_fail ship "the files of $1 on disk are not those that were sent (is the disk full?)"
    # shellcheck disable=SC2086
    (cd -- "$3/$2" && sync $ko_paths "./../$2.manifest") 2>/dev/null || sync
    ko_label "$3/$2" "$3/$2.manifest"
    if [ -d "$ko_release" ]; then
        ko_repair "$ko_release" "$3/$2"
        ko_try ship "put the manifest of $1 in place" mv -f -- "$3/$2.manifest" "$ko_release.manifest"
        ko_holds "$ko_release" "$KO_MANIFEST" || ko_fail ship "$ko_release holds what is no part of that release and could \
not be repaired; take that directory away and run again"
    else
        ko_try ship "put release $2 of $1 in place" mv -f -- "$3/$2" "$3/$2.manifest" "$KO_ROOT/releases/$1/"
    fi
    KO_WHOLE="$KO_WHOLE $1/$2 "
}

# ko_label PATH...: under SELinux, the context of the plugin root, which in the volume of a container is not the one that
# the policy has for the path.
ko_label() {
    [ ! -d /sys/fs/selinux ] || ! ko_has chcon || chcon -R --reference="$KO_ROOT" -- "$@" 2>/dev/null || :
}

# ko_repair RELEASE FILES: file by file, so that a live release never misses one.
ko_repair() {
    find "$1" ! -type f ! -type d -exec rm -f -- {} +
    ko_kept=$KO_NEWLINE
    for ko_path in $ko_paths; do
        ko_kept=$ko_kept$ko_path$KO_NEWLINE
        case ${ko_path#./} in */*) ko_repair_folder "$1" "${ko_path%/*}" ;; esac
        # A file would be moved into a directory of its name.
        [ ! -d "$1/$ko_path" ] || ko_try ship "repair $ko_path of $1" rm -rf -- "$1/$ko_path"
        ko_try ship "repair $ko_path of $1" mv -f -- "$2/$ko_path" "$1/$ko_path"
    done
    # What does not begin with ./ is the rest of a name with a line break, and may be the name of another file.
    (cd -- "$1" && find . -type f) | while IFS= read -r ko_path; do
        case $ko_path in ./*) ;; *) continue ;; esac
        case $ko_kept in *"$KO_NEWLINE$ko_path$KO_NEWLINE"*) ;; *) rm -f -- "$1/$ko_path" ;; esac
    done
    ko_say repaired - "$1"
}

# ko_repair_folder RELEASE PATH: a directory for files, also where a file stands in its way.
ko_repair_folder() {
    [ ! -d "$1/$2" ] || return 0
    ko_upper=$2
    while [ "$ko_upper" != . ]; do
        [ ! -f "$1/$ko_upper" ] || rm -f -- "$1/$ko_upper"
        ko_upper=${ko_upper%/*}
    done
    ko_try ship "repair $1" mkdir -p -- "$1/$2"
}

# ko_adopt NAME: before the first switch, makes a release of what is live now where that is none, for ko_found.
ko_adopt() {
    kongops_plugin "$1"
    ko_live "$1"
    case $KO_LIVE in
        directory | foreign)
            KO_FOUND=none
            [ ! -d "$KO_ROOT/kong/plugins/$1" ] || ko_keep_found "$1"
            KO_ADOPTED="$KO_ADOPTED $1=$KO_FOUND "
            ;;
    esac
}

# ko_keep_found NAME: makes a release, KO_FOUND, of the directory that is live now, so that it can be gone back to. Where it
# holds nothing of a plugin, there is nothing to go back to.
ko_keep_found() {
    ko_at=$KO_ROOT/kong/plugins/$1
    ko_links=$(cd -- "$ko_at/." && find . ! -type f ! -type d | head -n 5 | tr '\n' ' ')
    [ -z "$ko_links" ] || ko_fail adopt "$ko_at holds what is no plain file and would be lost: ${ko_links% }; put the files \
themselves in their place and run again"
    ko_sums=$(ko_manifest_of "$ko_at/." rule)
    [ -n "$ko_sums" ] || return 0
    ko_sums=$ko_sums$KO_NEWLINE
    KO_FOUND=$(printf '%s' "$ko_sums" | ko_digest)
    ko_stage=$KO_ROOT/releases/$1/.kongops.$KO_RUN.$$
    KO_STAGED="$KO_STAGED $ko_stage"
    ko_try adopt "make $ko_stage" mkdir -p -- "$ko_stage/$KO_FOUND"
    KO_MANIFEST=$ko_sums
    ko_write "$KO_FOUND.manifest" "$KO_MANIFEST"
    while read -r _ ko_path; do
        case $ko_path in
            *[!A-Za-z0-9._/-]*) ko_fail adopt "$ko_at holds a file whose name cannot be kept: $ko_path" ;;
            */*) ko_try adopt "keep $ko_path of $1" mkdir -p -- "$ko_stage/$KO_FOUND/${ko_path%/*}" ;;
        esac
        ko_try adopt "keep $ko_path of $1" cp -- "$ko_at/$ko_path" "$ko_stage/$KO_FOUND/$ko_path"
    done <"$ko_stage/$KO_FOUND.manifest"
    ko_try adopt "open the files of $1 to everybody" chmod -R u=rwX,go=rX "$ko_stage"
    ko_whole "$1" "$KO_FOUND" || ko_install "$1" "$KO_FOUND" "$ko_stage"
    ko_say adopted "$1" "$KO_FOUND"
}

# ko_switch NAME DIGEST: one rename. Empty digest: the previous release.
ko_switch() {
    ko_before "$1"
    ko_to=${2:-$KO_BEFORE}
    ko_live "$1"
    ko_was=$KO_LIVE
    [ "$ko_was" != "$ko_to" ] || return 0
    case $ko_was in
        directory | foreign)
            ko_was=${KO_ADOPTED#*" $1="}
            ko_was=${ko_was%% *}
            ;;
    esac
    KO_UNDO="$KO_UNDO$1:$ko_was:$KO_BEFORE "
    # Going back keeps the record, so that going back twice is going back once. A directory may be the wanted release itself.
    [ "$ko_was" = none ] || [ "$ko_was" = "$ko_to" ] || [ "$KO_STATE" = rolled_back ] || ko_remember "$1" "$ko_was"
    ko_point "$1" "$ko_to"
    ko_say switched "$1" "$ko_was $ko_to"
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
    KO_STAGED="$KO_STAGED $ko_stage"
    [ -d "$ko_stage" ] || ko_try switch "make $ko_stage" mkdir -- "$ko_stage"
    ko_try switch "link $1" ln -s -- "../../releases/$1/$2" "$ko_stage/$1"
    ko_aside=
    if [ -d "$ko_plugins/$1" ] && [ ! -L "$ko_plugins/$1" ]; then
        ko_aside=$ko_plugins/.$1.adopted
        ko_try switch "set $ko_plugins/$1 aside" mv -- "$ko_plugins/$1" "$ko_aside"
    fi
    ko_try switch "switch $1" mv -f -- "$ko_stage/$1" "$ko_plugins/"
    KO_LINKS=" $1=$2 $KO_LINKS"
    [ -z "$ko_aside" ] || ko_put_away "$1"
}

# ko_put_away NAME: the directory that an adoption has set aside goes when a release has all of it. Else, since a release
# takes no hidden files and no tests, all of it stays in a place that nothing here ever clears.
ko_put_away() {
    ko_aside=$KO_ROOT/kong/plugins/.$1.adopted
    ko_all=$(ko_manifest_of "$ko_aside" all)
    if [ -z "$(find "$ko_aside" ! -type f ! -type d)" ] &&
        { [ -z "$ko_all" ] || ko_whole "$1" "$(printf '%s\n' "$ko_all" | ko_digest)"; }; then
        # Named as what any later visit sweeps: cut in the middle, it could not be told from a directory that holds more.
        ko_gone=$KO_ROOT/kong/plugins/.kongops.$KO_RUN.$$.$1.gone
        ko_try adopt "put $ko_aside away" mv -- "$ko_aside" "$ko_gone"
        rm -rf -- "$ko_gone"
        return 0
    fi
    ko_kept=$KO_ROOT/found/$1.$KO_RUN
    ko_try adopt "make $KO_ROOT/found" mkdir -p -- "$KO_ROOT/found"
    ko_try adopt "keep $ko_aside" mv -- "$ko_aside" "$ko_kept"
    ko_say recovered "$1" "the directory that was found here also held files that are no part of a release, such as hidden \
ones or tests; nothing of it was thrown away, all of it is in $ko_kept now"
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
    set -- "$KO_ROOT/kong/plugins"
    for ko_name in $KO_NAMES; do
        [ ! -d "$KO_ROOT/releases/$ko_name" ] || set -- "$@" "$KO_ROOT/releases/$ko_name"
    done
    sync "$@" 2>/dev/null || sync
}

# ko_prune NAME: so many releases stay: the live, the previous and the wanted one always, then the newest.
ko_prune() {
    [ "$KO_STATE" != absent ] || return 0
    ko_releases "$1"
    [ "$KO_COUNT" -gt "$KO_KEEP" ] || return 0
    ko_live "$1"
    ko_before "$1"
    kongops_plugin "$1"
    ko_count=0
    for ko_hex in $KO_RELEASES; do
        case $ko_hex in "$KO_LIVE" | "$KO_BEFORE" | "$KO_WANTED") ko_count=$((ko_count + 1)) ;; esac
    done
    for ko_hex in $KO_RELEASES; do
        case $ko_hex in "$KO_LIVE" | "$KO_BEFORE" | "$KO_WANTED") continue ;; esac
        ko_count=$((ko_count + 1))
        [ "$ko_count" -gt "$KO_KEEP" ] || continue
        rm -f -- "$KO_ROOT/releases/$1/$ko_hex.manifest"
        rm -rf -- "$KO_ROOT/releases/$1/${ko_hex:?}"
        ko_say pruned "$1" "$ko_hex"
    done
}
