/**
 * Hosts that are containers on a network of their own: Godwit's image as users get it, a stock QEMU, a Prometheus; and
 * Debians that boot, where the package is installed. The monitors of the former are sockets in a directory that the test shares with all of them.
 */
@NullMarked
package io.godwit.it.hosts;

import org.jspecify.annotations.NullMarked;
