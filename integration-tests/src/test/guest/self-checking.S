# The guest of the tests beside a stock QEMU: a boot sector that fills memory, then checks its own RAM for ever, in 64-bit mode.
# Assembled by the fixture SelfCheckingGuest, which defines PATTERN_PAGES.
#
#   0x6000  u64  turns      goes up with every turn
#   0x6008  u64  errors     what was not as it must be
#   0x6010  u64  bad        address of the last error
#   0x6018  u64  checked    pages of the pattern checked so far
#   0x6020  u64  running    0 while it fills, then 1
#
# Two checks, so that a lost, stale, torn or misplaced page shows within a second:
#   ring     from 1 MiB: page (turns mod RING_PAGES) must hold turns - RING_PAGES, then turns is stored there.
#   pattern  from 2 MiB: each page holds address * MULTIPLIER at every 512th byte. One word is checked every CHECK_EVERY turns, in a
#            strided order that comes to every page.
#
# On COM1: 'F' it fills, 'R' it runs, '.' every 2^19 turns, 'X' at each error.

        .set    STATUS, 0x6000
        .set    RING, 0x100000
        .set    RING_PAGES, 256
        .set    PATTERN, 0x200000
        .set    CHECK_EVERY, 64         # a power of two
        .set    STRIDE, 7919            # a prime, so that it comes to every page

        .code16
        .globl  _start
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
        # One table of 1 GiB pages, mapped one to one: PML4 at 0x1000, PDPT at 0x2000.
        movw    $0x1000, %di
        xorl    %eax, %eax
        movw    $0x800, %cx
        rep stosl
        movl    $0x2003, 0x1000
        movl    $0x83, 0x2000           # present, writable, 1 GiB

        lgdt    gdtr
        movl    %cr4, %eax
        orl     $0x20, %eax             # PAE
        movl    %eax, %cr4
        movl    $0x1000, %eax
        movl    %eax, %cr3
        movl    $0xc0000080, %ecx
        rdmsr
        orl     $0x100, %eax            # EFER.LME
        wrmsr
        movl    %cr0, %eax
        orl     $0x80000001, %eax       # PG, PE
        movl    %eax, %cr0
        ljmp    $8, $long

        .align  8
gdt:    .quad   0
        .quad   0x00af9a000000ffff      # 64-bit code
gdtr:   .word   15
        .long   gdt

        .code64
long:   xorl    %eax, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    $0x7c00, %esp
        movl    $STATUS, %edi
        leal    16(%rax), %ecx
        rep stosq
        movabsq $0x9e3779b97f4a7c15, %r8        # MULTIPLIER
        movl    $STATUS, %ebp
        movl    $PATTERN_PAGES, %r10d
        movl    $RING_PAGES, %r14d
        movl    $0x3f8, %edx
        movb    $'F', %al
        outb    %al, %dx

        movl    $PATTERN, %edi
        movl    $PATTERN_PAGES * 8, %ecx
fill:   movq    %rdi, %rax
        imulq   %r8, %rax
        movq    %rax, (%rdi)
        addq    $512, %rdi
        decl    %ecx
        jnz     fill

        movb    $'R', %al
        outb    %al, %dx
        incq    0x20(%rbp)
        xorl    %r11d, %r11d            # page of the pattern
        xorl    %r12d, %r12d            # page of the ring
        xorl    %r13d, %r13d            # turns

turn:   incq    %r13
        incq    %r12
        cmpq    %r14, %r12
        jb      1f
        xorl    %r12d, %r12d
1:      movq    %r12, %rdi
        shlq    $12, %rdi
        addq    $RING, %rdi
        movq    %r13, %rax
        subq    %r14, %rax
        jbe     2f                      # first lap: nothing to compare with
        call    check
2:      movq    %r13, (%rdi)
        movq    %r13, (%rbp)

        testl   $CHECK_EVERY - 1, %r13d
        jnz     4f
        addq    $STRIDE, %r11
3:      cmpq    %r10, %r11
        jb      1f
        subq    %r10, %r11
        jmp     3b
1:      movq    %r11, %rdi
        shlq    $12, %rdi
        addq    $PATTERN, %rdi
        movl    %r13d, %eax             # which word of the page: another one every 2^21 turns
        shrl    $21, %eax
        andl    $7, %eax
        shll    $9, %eax
        addq    %rax, %rdi
        movq    %rdi, %rax
        imulq   %r8, %rax
        incq    0x18(%rbp)
        call    check
4:      testl   $0x7ffff, %r13d
        jnz     turn
        movb    $'.', %al
        outb    %al, %dx
        jmp     turn

check:  cmpq    (%rdi), %rax
        je      1f
        incq    8(%rbp)
        movq    %rdi, 0x10(%rbp)
        movb    $'X', %al
        outb    %al, %dx
1:      ret

        .org    0x1fe
        .byte   0x55, 0xaa
