# shellcheck shell=bash
# Gets what is missing on the host, by apt and only as root. Sourced by packaging/run, which sets $root.

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# Runs a command as root; fails without asking for a password.
as_root() {
    if ((EUID == 0)); then "$@"; else sudo -n "$@" 2>/dev/null; fi
}

can_install() { command -v apt-get >/dev/null && as_root true; }

# Whether apt knows a version of a package that it could install.
has_candidate() { apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'; }

# Package lists are fetched once in a run, and only when something is to be installed.
apt_update() {
    [[ -n ${apt_updated:-} ]] && return 0
    as_root apt-get -q update >>"${root:?}/target/apt.log" 2>&1 || say "apt-get update failed, see target/apt.log; going on with the lists at hand."
    apt_updated=1
}

# apt_install WHAT-FOR PACKAGE... (options to apt-get may stand among the packages)
apt_install() {
    local purpose=$1
    shift
    say "Installing $* ($purpose)"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "$@" >>"$root/target/apt.log" 2>&1
}

need_jdk() {
    local package
    if find_jdk >/dev/null; then return 0; fi
    if can_install; then
        apt_update
        for package in temurin-25-jdk openjdk-25-jdk-headless; do
            if has_candidate "$package" && apt_install "JDK 25" "$package" && find_jdk >/dev/null; then return 0; fi
        done
    fi
    fail "Godwit needs a JDK 25: none was found in JAVA_HOME, on the PATH or in /usr/lib/jvm, and none can be installed here by apt; adoptium.net has one."
}

need_maven() {
    command -v mvn >/dev/null && return 0
    if can_install; then
        apt_update
        apt_install "Maven" maven && return 0
    fi
    fail "Godwit is built by Maven 3.8.7 or newer: no mvn is on the PATH, and it cannot be installed here by apt."
}

# Debian 12's own QEMU is 7.2, whose migration differs: take the backport there.
install_qemu() {
    local -a from=()
    if grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release; then
        from=(-t bookworm-backports)
        if ! apt-cache policy | grep -q bookworm-backports; then
            echo 'deb http://deb.debian.org/debian bookworm-backports main' | as_root tee /etc/apt/sources.list.d/godwit-backports.list >/dev/null
            unset apt_updated
            apt_update
        fi
    fi
    apt_install "tests against a stock QEMU" "${from[@]}" qemu-system-x86 qemu-utils
    # Not on a user's machine: its packages switch services on.
    [[ ${CI:-} != true ]] || apt_install "a test with libvirt" "${from[@]}" libvirt-clients libvirt-daemon-driver-qemu libvirt-daemon-common
}

# A Prometheus for the tests, unpacked and not installed: the package would start it as a service.
need_prometheus() {
    local peers=$root/target/peers
    if command -v prometheus >/dev/null || [[ -x $peers/prometheus/usr/bin/prometheus ]]; then return 0; fi
    apt_update
    mkdir -p "$peers"
    (cd "$peers" && apt-get -q download prometheus && dpkg-deb -x prometheus_*.deb prometheus && rm prometheus_*.deb) >>"$root/target/apt.log" 2>&1 ||
        say "No prometheus can be had: the tests with it are skipped."
}

# An engine for the tests with containers: this host's own if it answers, else one that serves until this script ends. That takes root.
need_docker() {
    if docker version >/dev/null 2>&1 || ((EUID != 0)); then return 0; fi
    if ! command -v dockerd >/dev/null; then
        local -a packages=(docker.io)
        apt_update
        if has_candidate docker-cli; then packages+=(docker-cli); fi
        apt_install "tests with containers" "${packages[@]}" || return 0
        if docker version >/dev/null 2>&1; then return 0; fi
    fi
    start_docker
}

# Without a bridge of its own, and without forwarding: then it leaves the host's routing and policies as they are, and of its
# packet filter no more than empty chains.
start_docker() {
    local tries
    docker_run=$(mktemp -d /tmp/godwit-docker.XXXXXX) # sockets are there, whose paths must be short
    dockerd --host "unix://$docker_run/socket" --data-root "$root/target/docker" --exec-root "$docker_run/exec" --pidfile "$docker_run/pid" \
        --bridge none --ip-forward=false >"$root/target/dockerd.log" 2>&1 &
    docker_pid=$!
    trap stop_docker EXIT
    for ((tries = 0; tries < 120; tries++)); do
        if docker --host "unix://$docker_run/socket" version >/dev/null 2>&1; then
            export DOCKER_HOST=unix://$docker_run/socket
            return 0
        fi
        kill -0 "$docker_pid" 2>/dev/null || break
        sleep 0.5
    done
    say "dockerd does not start; see target/dockerd.log."
}

stop_docker() {
    kill "$docker_pid" 2>/dev/null || true
    wait "$docker_pid" || true
    rm -rf "$docker_run" "$root/target/docker"
}

# What containers of the tests consist of, while Maven compiles: the mirror and the disk are waited for more than this host's
# processors. A test that wants one sooner waits for it.
make_trees() {
    if ((EUID != 0)) || ! command -v mmdebstrap >/dev/null || ! docker version >/dev/null 2>&1; then return 0; fi
    local kind
    for kind in 'trixie image' 'trixie host' 'bookworm host'; do
        # shellcheck disable=SC2086 # two words
        nice -n 10 "$root/packaging/tree" $kind || return 0
    done >"$root/target/trees.log" 2>&1
}

# What the tests speak to. Says what is skipped where it is missing.
need_test_peers() {
    local -A packages=([python3]=python3 [socat]=socat [as]=binutils [openssl]=openssl [systemd-analyze]=systemd [mmdebstrap]=mmdebstrap)
    local -a missing=()
    local tool
    for tool in "${!packages[@]}"; do command -v "$tool" >/dev/null || missing+=("${packages[$tool]}"); done
    if can_install; then
        if ((${#missing[@]})); then apt_update; apt_install "tests" "${missing[@]}" || true; fi
        # Not on a user's machine: it is large.
        [[ ${CI:-} != true ]] || command -v chromium >/dev/null || { apt_update; apt_install "a test of the status page" chromium || true; }
        if ! command -v qemu-system-x86_64 >/dev/null || { [[ ${CI:-} == true ]] && ! command -v virsh >/dev/null; }; then apt_update; install_qemu || true; fi
        need_prometheus
        need_docker
    fi
    command -v qemu-system-x86_64 >/dev/null || say "No qemu-system-x86_64: the tests beside a stock QEMU are skipped."
    docker version >/dev/null 2>&1 || say "No Docker engine answers: the tests with containers are skipped."
    command -v virsh >/dev/null || say "No virsh: the test with libvirt is skipped."
    for tool in "${!packages[@]}"; do command -v "$tool" >/dev/null || say "No $tool: the tests that use it are skipped."; done
    command -v chromium >/dev/null || say "No chromium: the test that looks at the status page with it is skipped."
    [[ -r /dev/kvm && -w /dev/kvm ]] || say "/dev/kvm cannot be opened: the tests with a kvm guest are skipped."
    [[ -r /dev/userfaultfd ]] || ((EUID == 0)) || say "/dev/userfaultfd cannot be opened: the tests with a workload guest are skipped."
    [[ ${CI:-} != true ]] || say "CI=true: a test that lacks its peer fails."
}
