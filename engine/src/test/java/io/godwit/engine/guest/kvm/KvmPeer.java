package io.godwit.engine.guest.kvm;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.godwit.engine.linux.KvmSystem;
import java.io.IOException;

/** /dev/kvm, which these tests need: without it they are skipped here, and fail where CI=true. */
public final class KvmPeer {

    private KvmPeer() {}

    public static void require() {
        try (KvmSystem system = KvmSystem.open()) {
            if (system.maxVcpus() < 2) {
                missing("/dev/kvm: one vCPU at most");
            }
        } catch (IOException e) {
            missing(e.toString());
        }
    }

    private static void missing(String reason) {
        if ("true".equals(System.getenv("CI"))) {
            fail("KVM is needed: " + reason);
        }
        abort("KVM is needed: " + reason);
    }
}
