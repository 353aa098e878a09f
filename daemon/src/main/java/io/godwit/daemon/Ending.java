package io.godwit.daemon;

/** Why the process ends. */
sealed interface Ending {

    /** What the process leaves behind for its parent. */
    int exitStatus();

    /** Somebody sent {@code quit}. */
    record Quit() implements Ending {
        @Override
        public int exitStatus() {
            return 0;
        }
    }

    /** SIGTERM, SIGINT or SIGHUP: an orderly end, as in QEMU. */
    record Signal() implements Ending {
        @Override
        public int exitStatus() {
            return 0;
        }
    }

    /** The QEMU that the guest ran in has ended, or its monitor has. */
    record QemuLost(String why) implements Ending {
        @Override
        public int exitStatus() {
            return 0;
        }
    }

    /** Another process has taken this one's place. */
    record Upgraded(long pid) implements Ending {
        @Override
        public int exitStatus() {
            return 0;
        }
    }

    /** The migration that the guest waited for failed, and whoever started it wants the process to end then. */
    record IncomingFailed(String errorDesc) implements Ending {
        @Override
        public int exitStatus() {
            return 1;
        }
    }
}
