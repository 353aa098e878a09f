/**
 * A guest that moves to another process of this host, its memory never doubled: memfds are handed over, anonymous pages flipped
 * through a pipe. Both sides of it; when it happens and how it ends is decided by who calls.
 */
package io.godwit.engine.localhost;
