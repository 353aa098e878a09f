package io.godwit.engine.guest.kvm;

import java.io.IOException;
import java.util.HexFormat;

/**
 * A program in real mode that keeps its balloon as large as it should be: from {@link #FIRST_PAGE} on it gives pages back, and says then
 * how many they are.
 */
final class BalloonProgram {
    static final int FIRST_PAGE = 0x800;
    /** Where it puts the highest kind of report that the device says it takes. */
    static final long KINDS = 0x510;

    // cli; xor ax,ax; mov ds,ax; in eax,0x6fc; mov [0x510],eax; mov [0x520],0; again: in eax,0x6f8; cmp eax,[0x520]; je again;
    // the report at 0x600: kind 3, id 0, from page 0x800, eax pages; out 0x6f0; kind 4; out 0x6f0; mov [0x520],pages; jmp again
    private static final String CODE = "fa31c08ed8bafc0666ed66a3100566c706200500000000baf80666ed663b06200574f466c706000603"
            + "00000066c70604060000000066c70608060008000066c7060c060000000066a3100666c706140600000000baf00666b80006000066ef"
            + "66c70600060400000066ef66a1100666a32005eba3";

    private BalloonProgram() {}

    static BootImage image() throws IOException {
        return BootImage.of(HexFormat.of().parseHex(CODE));
    }
}
