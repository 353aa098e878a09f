/** The door: what the daemon may ask of a guest and its migrations, and what it is told about them. */
package io.godwit.engine;
