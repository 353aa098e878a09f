/**
 * A daemon's place is taken by another process, a newer version of it say, and its guests do not notice. The one that goes lists
 * what it has; the one that comes takes it over piece by piece. What the pieces are, their owners know.
 *
 * <pre>
 * old                                      new
 *  starts it: ... --take-over unix:PATH ->  connects
 *                               <- hello    (rehearsed, so that nothing is loaded while the guest stands still)
 *  inheritance, with descriptors ->         takes each part, or refuses
 *                               <- ready    waits for the guests
 *  all guests move ..................->     has them, and does not run them yet
 *  they are given away ..............->     runs them
 *  go ->                                    serves the clients at the sockets that it was given
 *  ends
 * </pre>
 *
 * Before {@code go} either side may say {@code refused}, or be gone: the old one then has all that it had. None of many guests is given away
 * before all have moved: they stand still together, and none of them is left behind.
 */
@NullMarked
package io.godwit.daemon.upgrade;

import org.jspecify.annotations.NullMarked;
