/**
 * How fast a guest writes its RAM, by looking twice at a sample of its pages: QMP's {@code calc-dirty-rate}. Needs no dirty
 * log, so that it may run beside a migration, which has the only one.
 */
package io.godwit.engine.dirtyrate;
