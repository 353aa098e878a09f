/** RAM as the flows see it: blocks of pages, wherever they live, and bitmaps of pages. */
package io.godwit.engine.ram;
