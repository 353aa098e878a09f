/**
 * The source's side of postcopy, from the guest's stop on: discards, the package with which the guest is given away, pages
 * that are asked for and pages that are not, and the way back after a lost connection. What the destination does with them is
 * not here.
 */
package io.godwit.engine.postcopy;
