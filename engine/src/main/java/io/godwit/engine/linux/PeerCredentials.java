package io.godwit.engine.linux;

/** Who made the other end of a unix socket, as the kernel vouches for: at the time of connect(2) or socketpair(2). */
public record PeerCredentials(int pid, int uid, int gid) {}
