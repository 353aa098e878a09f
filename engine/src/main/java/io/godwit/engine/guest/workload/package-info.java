/**
 * A guest without KVM: platform threads that write RAM inside native calls, by a pattern that can be checked. The load for
 * every migration where /dev/kvm is missing, and for the benchmarks. It may have a disk, a file, that is to show whether memory and
 * disk were caught at one instant. Nothing here knows of migrations.
 */
package io.godwit.engine.guest.workload;
