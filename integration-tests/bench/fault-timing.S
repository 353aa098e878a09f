# A guest that times its own memory accesses: it fills PAGES pages from 16 MiB on, then writes one of them after the other, in an
# order that looks random, for ever, and counts how long each write took. 32-bit protected mode, one boot sector.
#
#   0x6000  u32  phase     0 = filling, 1 = timing
#   0x6008  u64  now       the time stamp counter at the last write
#   0x6100  u32  counts    [256]: writes by ticks, eight for each power of two; see histogram() in postcopy.py

        .set    BASE, 0x1000000
        .set    STATUS, 0x6000
        .set    NOW, 0x6008
        .set    COUNTS, 0x6100

        .code16
        .globl _start
_start:
        cli
        cld
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7c00, %sp
        ljmp    $0, $1f
1:
        movw    $STATUS, %di
        movw    $0x280, %cx
        rep stosw
        lgdt    gdtr
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        ljmp    $8, $flat

        .code32
flat:
        movw    $16, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss

        movl    $BASE, %edi
        movl    $PAGES, %ecx
fill:
        movl    %edi, (%edi)
        notl    (%edi)
        addl    $4096, %edi
        loop    fill
        movl    $1, STATUS
        movl    $12345, %ebp

next:
        imull   $1664525, %ebp, %ebp
        addl    $1013904223, %ebp
        movl    %ebp, %eax
        movl    $PAGES, %ecx
        mull    %ecx                    # edx = a page below PAGES
        shll    $12, %edx
        leal    BASE(%edx), %edi
        rdtsc
        movl    %eax, %esi
        movl    %edx, %ebx
        incl    8(%edi)
        rdtsc
        movl    %eax, NOW
        movl    %edx, NOW + 4
        subl    %esi, %eax
        sbbl    %ebx, %edx
        jz      1f
        movl    $-1, %eax               # longer than can be told
1:
        orl     $8, %eax
        bsrl    %eax, %ecx
        movl    %ecx, %edx
        subb    $3, %cl
        shrl    %cl, %eax               # 8 to 15
        andl    $7, %eax
        leal    (%eax, %edx, 8), %eax
        incl    COUNTS(, %eax, 4)
        jmp     next

        .p2align 3
gdt:
        .quad   0
        .quad   0x00cf9a000000ffff
        .quad   0x00cf92000000ffff
gdtr:
        .word   gdtr - gdt - 1
        .long   gdt

        .org    510
        .word   0xaa55
