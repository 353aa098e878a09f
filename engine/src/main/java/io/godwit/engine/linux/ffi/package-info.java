/**
 * The raw kernel: one final class per C header, one method per function, same name, same order of arguments, no policy.
 * Each returns what the kernel returns: the result, or {@code -errno}. Constants and struct fields keep their C spelling.
 */
package io.godwit.engine.linux.ffi;
