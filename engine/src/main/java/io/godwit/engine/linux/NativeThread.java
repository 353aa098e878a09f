package io.godwit.engine.linux;

import io.godwit.engine.linux.ffi.Unistd;

/** Threads as the kernel knows them. Platform threads only: a virtual one has no id that lasts. */
public final class NativeThread {
    private static final long PROCESS = ProcessHandle.current().pid();

    private NativeThread() {}

    /** gettid(2) of the calling thread. */
    public static int currentId() {
        return (int) Unistd.syscall(Unistd.SYS_gettid, 0, 0, 0);
    }

    /** Returns when the thread has ended, which it has been told to; an interrupt meanwhile shows afterwards. */
    public static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * tgkill(2): sends a signal to one thread of this process. Does nothing when it has ended; the caller must know that its
     * id has not been given to another since.
     */
    public static void signal(int threadId, int signal) throws ErrnoException {
        long result = Unistd.syscall(Unistd.SYS_tgkill, PROCESS, threadId, signal);
        if (result < 0 && result != Errno.ESRCH.result()) {
            throw new ErrnoException("send signal " + signal + " to thread " + threadId, result);
        }
    }
}
