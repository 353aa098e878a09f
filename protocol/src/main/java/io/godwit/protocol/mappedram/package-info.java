/** The mapped-ram file: where each RAM block's header, page bitmap and pages stand. Arithmetic and checks; the engine does the I/O. */
package io.godwit.protocol.mappedram;
