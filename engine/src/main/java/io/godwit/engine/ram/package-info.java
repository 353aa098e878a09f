/** RAM as the flows see it: blocks of pages, bitmaps of pages. */
package io.godwit.engine.ram;
