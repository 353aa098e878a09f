package io.godwit.engine.guest.kvm;

import io.godwit.engine.linux.KvmExit;
import java.io.IOException;

/** What answers at the guest's I/O ports outside the kernel. Called by all vCPUs' threads. */
final class Ports {

    /** What an access asks of the machine as a whole. */
    enum Request {
        NONE,
        RESET
    }

    private static final int KEYBOARD_COMMAND = 0x64;
    private static final int PULSE_RESET_LINE = 0xfe;
    private static final int RESET_CONTROL = 0xcf9;
    private static final int RESET_CPU = 4;
    private static final int NOBODY = 0xff;
    private static final int KEYBOARD_IDLE = 0;

    private final Uart com1;
    private final FreePagePorts freePages;

    Ports(Uart com1, FreePagePorts freePages) {
        this.com1 = com1;
        this.freePages = freePages;
    }

    /** Carries out an access byte by byte: a wide one reaches as many neighbouring ports, as on the ISA bus. */
    Request access(KvmExit exit) throws IOException {
        Request request = Request.NONE;
        if (FreePagePorts.at(exit.port())) {
            freePages.access(exit);
            return request;
        }
        int width = exit.width();
        for (int i = 0; i < width * exit.count(); i++) {
            int port = exit.port() + i % width;
            if (!exit.isOut()) {
                exit.setData(i, read(port));
            } else if (write(port, exit.data(i)) == Request.RESET) {
                request = Request.RESET;
            }
        }
        return request;
    }

    private int read(int port) throws IOException {
        if (Uart.at(port)) {
            return com1.read(port - Uart.PORT);
        }
        return port == KEYBOARD_COMMAND ? KEYBOARD_IDLE : NOBODY;
    }

    private Request write(int port, int value) throws IOException {
        if (Uart.at(port)) {
            com1.write(port - Uart.PORT, value);
            return Request.NONE;
        }
        boolean reset = (port == KEYBOARD_COMMAND && value == PULSE_RESET_LINE)
                || (port == RESET_CONTROL && (value & RESET_CPU) != 0);
        return reset ? Request.RESET : Request.NONE;
    }
}
