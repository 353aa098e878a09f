# A guest that goes round its working set for ever: it fills PAGES pages from 16 MiB on, each differently, then writes SET of them
# (a power of two; they lie in the middle) in an order that looks random, again and again. It says so on COM1: an `h` for each 1024
# pages that it wrote, a new line for each lap, an X for a page that is not its own. 32-bit protected mode, one boot sector.

        .set    BASE, 0x1000000
        .set    FIRST, BASE + (PAGES - SET) / 2 * 4096
        .set    COM1, 0x3f8

        .code16
        .globl _start
_start:
        cli
        cld
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movw    $0x7c00, %sp
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
        movl    $0x7c00, %esp

        movl    $BASE, %edi
        movl    $PAGES, %ecx
fill:
        movl    %edi, (%edi)
        notl    (%edi)
        addl    $4096, %edi
        loop    fill

        xorl    %ebx, %ebx              # written in this lap
        xorl    %ebp, %ebp
next:
        imull   $1664525, %ebp, %ebp    # comes to each of SET once before it begins anew
        addl    $1013904223, %ebp
        andl    $(SET - 1), %ebp
        movl    %ebp, %edi
        shll    $12, %edi
        addl    $FIRST, %edi
        movl    (%edi), %eax
        notl    %eax
        cmpl    %edi, %eax
        je      1f
        movb    $'X', %al
        call    say
1:
        incl    8(%edi)
        incl    %ebx
        testl   $1023, %ebx
        jnz     next
        movb    $'h', %al
        call    say
        cmpl    $SET, %ebx
        jb      next
        movb    $'\n', %al
        call    say
        xorl    %ebx, %ebx
        jmp     next

say:
        movb    %al, %ah
        movw    $(COM1 + 5), %dx
2:
        inb     %dx, %al                # line status: room in the transmitter?
        testb   $0x20, %al
        jz      2b
        movb    %ah, %al
        movw    $COM1, %dx
        outb    %al, %dx
        ret

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
