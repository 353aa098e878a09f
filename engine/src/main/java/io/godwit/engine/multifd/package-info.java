/**
 * Pages on several connections at once: packets of up to 128 pages, and the barrier that keeps rounds through RAM apart. The
 * main channel carries everything else.
 */
package io.godwit.engine.multifd;
