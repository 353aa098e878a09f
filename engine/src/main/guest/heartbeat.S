/*
 * The built-in guest: one 512-byte sector that fills some memory, says on COM1
 * several times a second that it lives, and writes pages in between. A memory
 * hog may run first; what it leaves behind is free, and whoever asks at the
 * ports of FreePagePorts.java is told so.
 *
 *   as --32 heartbeat.S -o heartbeat.o
 *   ld -m elf_i386 -Ttext 0x7c00 --oformat binary heartbeat.o -o heartbeat.img
 *
 * Needs an i686, RAM from 0, open A20, a PIC, a PIT and COM1: a PC's firmware
 * or a bare VMM that starts it in real mode at 0x7c00, both will do. Asks the
 * firmware for nothing.
 *
 * BootImage.java documents the parameter block, the status block and what a
 * page holds; HeartbeatVerifier.java checks it.
 */
        .intel_syntax noprefix

        .set    STACK, 0x7c00           # grows down; only ticks and calls use it
        .set    STATUS, 0x7e00          # behind the sector, in the same page
        .set    filled, STATUS          # pages filled so far
        .set    heartbeats, STATUS + 4
        .set    touched, STATUS + 8     # 64 bits: touches so far
        .set    hogged, STATUS + 16     # pages that the hog has written
        .set    answered, STATUS + 20   # the last command id seen
        .set    report, STATUS + 24     # kind, command id, first page, pages
        .set    STATUS_WORDS, 12

        .set    FILL, 0x100000          # the fill begins at 1 MiB
        .set    PAGE, 4096
        .set    NUMBER, 0               # in a page: its number,
        .set    INVERSE, 4              # the number's complement,
        .set    COUNTER, 8              # how often it was touched

        .set    VECTOR, 0x20            # IRQ 0, away from the exceptions
        .set    DIVISOR, 11932          # of 1193182 Hz: 100 ticks a second
        .set    COM1, 0x3f8
        .set    FREE_PAGES, 0x6f0       # in: a command id; out: where a report is
        .set    FREE, 1                 # kinds of reports

        .text
        .globl  _start
        .code16
_start: cli
        cld
        xor     ax, ax
        mov     ds, ax
        lgdt    [gdtr]
        lidt    [idtr]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     8:protected

        .code32
protected:
        mov     eax, 16
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax
        mov     esp, STACK

        mov     edi, STATUS
        mov     ecx, STATUS_WORDS
        xor     eax, eax
        rep stosd

        /* Fill. The count goes up after the page is whole. */
        mov     edi, FILL
fill:   mov     eax, [filled]
        cmp     eax, [fill_pages]
        jae     full
        add     eax, FILL / PAGE
        mov     [edi + NUMBER], eax
        not     eax
        mov     [edi + INVERSE], eax
        mov     dword ptr [edi + COUNTER], 0
        inc     dword ptr [filled]
        add     edi, PAGE
        jmp     fill

        /* The hog: its pages come behind, and hold their addresses until it ends. */
full:   mov     ecx, [hog_pages]
        jecxz   ready
hog:    mov     [edi], edi
        inc     dword ptr [hogged]
        add     edi, PAGE
        loop    hog

        /* Interrupts: only IRQ 0, at a vector of our own, 100 times a second. */
ready:  mov     al, 0x11                # ICW1: edge triggered, cascade, ICW4 follows
        out     0x20, al
        mov     al, VECTOR              # ICW2
        out     0x21, al
        mov     al, 4                   # ICW3: the slave is at IRQ 2
        out     0x21, al
        mov     al, 1                   # ICW4: 8086 mode
        out     0x21, al
        mov     al, 0xfe                # mask all but IRQ 0
        out     0x21, al
        mov     al, 0x34                # channel 0, low then high byte, rate generator
        out     0x43, al
        mov     al, DIVISOR & 0xff
        out     0x40, al
        mov     al, DIVISOR >> 8
        out     0x40, al

        mov     edi, FILL               # next page to touch
        mov     esi, [set_pages]
        shl     esi, 12
        add     esi, edi                # end of the working set
        mov     ebp, [ticks]            # until the next heartbeat
idle:   sti
        hlt
        jmp     idle

        /*
         * A tick finds the processor in HLT, always, so nothing is to be gone back
         * to: the frame is dropped. (Some KVMs cannot emulate IRET.)
         */
tick:   mov     esp, STACK
        mov     al, 0x20                # end of interrupt
        out     0x20, al

        mov     ecx, [touches]
        jecxz   rest
touch:  inc     dword ptr [edi + COUNTER]
        add     dword ptr [touched], 1
        adc     dword ptr [touched + 4], 0
        add     edi, PAGE
        cmp     edi, esi
        jb      next
        mov     edi, FILL
next:   loop    touch

        /* Whoever asks anew is told what the hog has left. */
rest:   mov     dx, FREE_PAGES
        in      eax, dx
        mov     ebx, offset report
        cmp     eax, [ebx + answered - report]
        mov     [ebx + answered - report], eax
        je      said
        test    eax, eax
        jns     said
        mov     [ebx + 4], eax
        mov     eax, [fill_pages]
        add     eax, FILL / PAGE
        mov     [ebx + 8], eax
        mov     eax, [hog_pages]
        mov     [ebx + 16], eax
        xor     eax, eax
        inc     eax                     # FREE
        mov     [ebx], eax
        xchg    eax, ebx
        out     dx, eax
        inc     dword ptr [eax]         # and FINISHED
        out     dx, eax

said:   dec     ebp
        jnz     idle
        mov     ebp, [ticks]
        call    beat
        jmp     idle

        /* One line with the next number. */
beat:   pushad
        inc     dword ptr [heartbeats]
        mov     eax, [heartbeats]
        mov     ebx, 10
        mov     ecx, 8
digit:  xor     edx, edx
        div     ebx
        add     dl, '0'
        mov     [digits + ecx - 1], dl
        loop    digit

        mov     esi, offset line
        mov     ecx, offset line_end - line
say:    mov     dx, COM1 + 5            # line status: room in the transmitter?
busy:   in      al, dx
        test    al, 0x20
        jz      busy
        lodsb
        mov     dl, COM1 & 0xff
        out     dx, al
        loop    say
        popad
        ret

line:   .ascii  "godwit heartbeat "
digits: .ascii  "00000000\r\n"
line_end:

gdtr:   .word   gdt_end - gdt - 1
        .long   gdt
idtr:   .word   gate_end - idt - 1
        .long   idt

        .balign 8
        /* Marked as accessed, or the processor would do it, and change the image. */
gdt:    .quad   0
        .quad   0x00cf9b000000ffff      # 8: code, 4 GiB flat
        .quad   0x00cf93000000ffff      # 16: data, the same
gdt_end:
        /* One gate is needed, so the table begins where its other gates would lie. */
gate:   .word   tick                    # the sector lies below 64 KiB
        .word   8
        .word   0x8e00                  # interrupt gate, 32 bits, present
        .word   0
gate_end:
        .set    idt, gate - 8 * VECTOR

        .org    0x1d0
        .ascii  "GODW"
fill_pages:
        .long   0
set_pages:
        .long   0
touches:
        .long   0
ticks:  .long   25
hog_pages:
        .long   0

        .org    510
        .word   0xaa55
