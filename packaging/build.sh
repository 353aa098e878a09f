# shellcheck shell=bash
# Builds the application into packaging/target/app, when its sources changed. Sourced by packaging/run, which sets $root.

stage=${root:?}/packaging/target/app
stamp=$root/packaging/target/app.stamp

# One line that changes when a file of the application does: names, sizes and times; contents are not read.
fingerprint() {
    (cd "$root" && find pom.xml .eclipse-formatter.prefs protocol engine daemon packaging/pom.xml \
        -name target -prune -o -type f -printf '%p %s %T@\n' | sort | sha256sum)
}

is_built() { [[ -d $stage && -r $stamp && $(<"$stamp") == "$(fingerprint)" ]]; }

# Any Java from 17 on may run Maven, and the one that is set up here knows this host's certificates; the toolchains plug-in
# hands JDK 25 to compiler and tests, and looks for it in JAVA*_HOME too.
maven() {
    local jdk
    jdk=$(find_jdk)
    if runs_maven java; then
        JAVA25_HOME=$jdk mvn -B -ntp "$@"
    else
        JAVA_HOME=$jdk mvn -B -ntp "$@"
    fi
}

runs_maven() {
    local version
    version=$("$1" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.specification\.version = //p') || return 1
    [[ $version =~ ^[0-9]+$ ]] && ((version >= 17))
}

build() {
    is_built && return 0
    need_jdk
    need_maven
    mkdir -p "$root/packaging/target"
    exec {lock}>"$root/packaging/target/build.lock"
    flock "$lock"
    if ! is_built; then
        build_now
    fi
    exec {lock}>&-
}

build_now() {
    local log=$root/target/build.log print
    print=$(fingerprint)
    say "Building Godwit (log: target/build.log) ..."
    rm -rf "$stage" "$stamp"
    if ! (cd "$root" && maven -Dmaven.test.skip=true -Dspotless.check.skip=true -pl packaging -am package) >"$log" 2>&1; then
        { grep -E '^\[ERROR\] .*\.java:' "$log" || grep -E '^\[ERROR\]' "$log" || tail -n 20 "$log"; } | awk '!seen[$0]++' | sed -n 1,20p >&2
        fail "The build failed; all of it is in target/build.log."
    fi
    printf '%s\n' "$print" >"$stamp"
}
