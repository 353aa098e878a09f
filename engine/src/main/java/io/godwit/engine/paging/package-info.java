/** A guest that runs before its RAM has come: its faults, where the pages for them are asked for, how they get into place. */
package io.godwit.engine.paging;
