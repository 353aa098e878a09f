/** Options as records, checked once at start. */
package io.godwit.daemon.config;
