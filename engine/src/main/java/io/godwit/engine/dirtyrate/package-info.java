/**
 * How fast a guest writes its RAM: QMP's {@code calc-dirty-rate}. Looking twice at a sample of its pages needs no dirty log, and so
 * may run beside a migration, which has the only one; a measurement by the log makes way for a migration that begins.
 */
package io.godwit.engine.dirtyrate;
