# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# What bin/tetragon and bin/tetra share. Sourced by them; each starts no more processes than it must, for every one of
# them is start-up time. Needs the function fail.

# Paths may hold any character, and a JVM in the C locale knows only those of ASCII.
export LC_ALL=C.UTF-8

# Sets java, java_major and platform_options.
find_java() {
    java=
    java_major=0
    if [ -n "${JAVA_HOME:-}" ]; then
        try_java "$JAVA_HOME/bin/java" || fail "JAVA_HOME is $JAVA_HOME, which is no Java 17 or newer"
    else
        on_path=$(command -v java) && try_java "$(readlink -f -- "$on_path")" && on_path=found
        if [ "$on_path" != found ]; then
            for candidate in /usr/lib/jvm/*/bin/java; do
                try_java "$candidate" && break
            done
        fi
        [ -n "$java" ] ||
            fail "no Java 17 or newer found (Debian, Ubuntu: apt-get install openjdk-17-jre-headless, or set JAVA_HOME)"
    fi
    platform_options=
    [ "$java_major" -lt 22 ] || platform_options="--enable-native-access=ALL-UNNAMED"
    [ "$java_major" -lt 23 ] || platform_options="$platform_options --sun-misc-unsafe-memory-access=allow"
}

# Sets java and java_major if the argument is a Java new enough. The release file answers without starting a JVM.
try_java() {
    [ -x "$1" ] || return 1
    version=
    release=${1%/bin/java}/release
    if [ -r "$release" ]; then
        while IFS='=' read -r key value; do
            [ "$key" != JAVA_VERSION ] || version=$value
        done <"$release"
    fi
    [ -n "$version" ] || version=$("$1" -version 2>&1 | sed -n 's/.*version \("[^"]*"\).*/\1/p')
    version=${version#\"}
    version=${version%%[!0-9]*}
    [ "${version:-0}" -ge 17 ] || return 1
    java=$1
    java_major=$version
}

# Sets jar to the jar of a module, whose manifest names all others.
find_jar() {
    for jar in "$tree/lib/$1"-*.jar; do
        [ -e "$jar" ] || fail "$jar is missing: this copy of the agent is not whole"
    done
}

# Sets archive to the class-data archive for this Java and these jars, empty if there is no safe place for it, and
# archive_option, archive_file, archive_list and archive_options: how to use it, or how to list what belongs into it.
#   $1 directory, $2 name, further arguments: the jars
archive_options() {
    archive=
    archive_list=
    archive_options=
    directory=$1
    name=$2
    shift 2
    [ -d "$directory" ] || (umask 077 && mkdir -p "$directory") 2>/dev/null || return 0
    # -O: owned by whom we run as.
    [ -O "$directory" ] && [ -w "$directory" ] || return 0
    fingerprint=$(ls -lnL -- "$java" "$@" | cksum) || return 0
    archive=$directory/$name-$java_major-${fingerprint%% *}.jsa
    if [ -O "$archive" ]; then
        archive_option=-XX:SharedArchiveFile
        archive_file=$archive
        archive_options=-Xshare:auto
    else
        archive_option=-XX:DumpLoadedClassList
        archive_list=$archive.classes
        archive_file=$archive_list
    fi
}
