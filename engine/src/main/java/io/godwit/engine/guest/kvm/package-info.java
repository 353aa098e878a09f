/**
 * The {@code kvm} guest: a small PC on /dev/kvm. RAM from 0, what exceeds 3 GiB from 4 GiB on; PICs, I/O APIC, local APICs,
 * PIT and port 0x61 in the kernel; COM1 and two ways to reset are ours; everywhere else is nobody. A boot image starts in
 * real mode at 0x7c00. The ioctls are in {@code engine.linux}; dirty pages and devices leave as bits and fields.
 */
package io.godwit.engine.guest.kvm;
