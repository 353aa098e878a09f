# A guest that counts, in memory and on its first disk: a boot sector in real mode that uses the BIOS for the disk.
#
#   0x6000  u32  count      goes up by one, then goes to the first sector of disk 0x80, for ever
#
# So what is on the disk is what is in memory, or one behind: at every instant, and in every snapshot that is of one.
# At 0x6004 it counts the writes that the BIOS refused.

        .set    COUNT, 0x6000
        .set    REFUSED, 0x6004
        .set    SECTOR, 0x8000

        .code16
        .globl  _start
_start:
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7c00, %sp
        ljmp    $0, $1f
1:
        movl    $0, COUNT
        movl    $0, REFUSED
again:
        incl    COUNT
        movl    COUNT, %eax
        movl    %eax, SECTOR
        movb    $0x43, %ah              # extended write, without verifying
        movb    $0, %al
        movb    $0x80, %dl
        movw    $packet, %si
        int     $0x13
        jnc     again
        incl    REFUSED
        jmp     again

        .balign 4
packet:
        .byte   16, 0
        .word   1                       # sectors
        .word   SECTOR, 0               # offset, segment
        .quad   0                       # first sector

        .org    510
        .word   0xaa55
