/** The terms of a migration: whether they can be kept, and that they are. Not what is sent, nor how. */
package io.godwit.engine.contract;
