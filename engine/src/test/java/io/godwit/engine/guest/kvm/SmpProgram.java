package io.godwit.engine.guest.kvm;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A program for two processors. The first goes to flat protected mode, wakes the second by INIT and SIPI through its local
 * APIC, says B, and counts in memory; every 8192 it says b. The second does so in real mode with A and a.
 */
final class SmpProgram {
    static final long COUNT_0 = 0x2000;
    static final long COUNT_1 = 0x3000;

    // cli; xor ax,ax; mov ds,ax; lgdt; PE; ljmp 8:. | data segments | ICR: INIT to 1, SIPI 0x8000 | 'B' | inc [0x2000] ...
    private static final String FIRST = "fa31c08ed80f0116587c0f20c00c010f22c0ea177c0800b8100000008ed88ec08ed0be0003e0"
            + "fec7461000000001c70600450000c7060846000066baf803b042eeff0500200000f705002000"
            + "00ff1f000075eeb062eeebe917005e7c00000000000000000000ffff0000009acf00ffff0000"
            + "0092cf";
    // xor ax,ax; mov ds,ax; 'A'; inc dword [0x3000]; ...
    private static final String SECOND = "31c08ed8baf803b041ee66ff060030a10030a9ff1f75f3b061eeebee";
    private static final int SECOND_AT = 0x8000 - BootImage.ADDRESS;

    private SmpProgram() {}

    static BootImage image() throws IOException {
        byte[] first = HexFormat.of().parseHex(FIRST);
        byte[] second = HexFormat.of().parseHex(SECOND);
        byte[] image = Arrays.copyOf(first, SECOND_AT + second.length);
        System.arraycopy(second, 0, image, SECOND_AT, second.length);
        return BootImage.of(image);
    }
}
