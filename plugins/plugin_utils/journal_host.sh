# shellcheck shell=sh disable=SC2154 # folder, name, text, files and nonce are set by whoever sends this
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What is done with journals on the host that keeps them, and with what lies beside them (approved plans, what removals
# keep): `journal VERB`, with the variables below set ahead of it. A name is relative to the folder.
# A cut stream calls nothing, since the call is on the last line. The text comes and goes in base64.

# To the disk: one file where sync knows how, else everything.
durable() {
    sync "$1" 2>/dev/null || sync
}

# show NAME...: each file that there is, as one line.
show() {
    for file; do
        [ -f "$file" ] || continue
        printf '%s %s ' "$nonce" "${file#./}"
        base64 <"$file" | tr -d '\n'
        echo
    done
}

# replace NAME TEXT: the file is whole or as before.
replace() {
    place=.
    case $1 in */*) place=${1%/*} ;; esac
    new=$place/.${1##*/}.$$
    mkdir -p "$place" && printf %s "$2" | base64 -d >"$new" && durable "$new" || return 1
    # Busybox tells nothing of a full disk here.
    if [ "$(base64 <"$new" | tr -d '\n')" != "$2" ]; then
        rm -f "$new"
        echo "$1 could not be written whole (is the disk full?)" >&2
        return 1
    fi
    mv -f "$new" "$1" && durable "$place"
}

journal() {
    umask 077
    case $1 in
    fetch)
        if [ -d "$folder" ]; then
            cd "$folder" || return 3
            if [ -z "$name" ]; then
                show ./*.jsonl ./*.undo.json
            elif [ -e "$name" ]; then
                find "./$name" -type f ! -name '.*' | sort | while read -r file; do show "$file"; done
            fi
        fi
        ;;
    put)
        mkdir -p "$folder" && cd "$folder" || return 3
        printf %s "$files" | while read -r file content; do replace "$file" "$content" || exit 3; done || return 3
        ;;
    append)
        mkdir -p "$folder" && cd "$folder" || return 3
        # A crash may have cut the last line; appended to, it would spoil the next one too.
        if [ -s "$name" ] && [ -n "$(tail -c 1 "$name")" ]; then
            sed '$d' "$name" >".$name.$$" && mv -f ".$name.$$" "$name" || return 3
        fi
        lines=$(printf %s "$text" | base64 -d) && printf '%s\n' "$lines" >>"$name" && durable "$name" || return 3
        ;;
    esac
    echo "$nonce end"
}
