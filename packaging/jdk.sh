# shellcheck shell=bash
# Finds JDK 25 where systems and version managers put it. Sourced; sets nothing but what its functions print.

# Whether a directory is a JDK of release 25, told by its release file: no process is started.
is_jdk25() {
    [[ -x $1/bin/java && -x $1/bin/javac && -r $1/release ]] && grep -q '^JAVA_VERSION="25[."]' "$1/release"
}

# The home of the java on the PATH, links followed.
java_on_path() {
    local java
    java=$(command -v java) && java=$(readlink -f -- "$java") && dirname -- "$(dirname -- "$java")"
}

# Prints the home of a JDK 25, or fails silently.
find_jdk() {
    local home
    for home in "${JAVA_HOME:-}" "$(java_on_path)" /usr/lib/jvm/* /opt/jdk* /opt/java/* /usr/java/* \
        "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* "$HOME"/.local/share/mise/installs/java/* "$HOME"/.asdf/installs/java/*; do
        if [[ -n $home ]] && is_jdk25 "$home"; then
            printf '%s\n' "$home"
            return 0
        fi
    done
    return 1
}
