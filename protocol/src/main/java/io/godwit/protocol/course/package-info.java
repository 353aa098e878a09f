/**
 * How a precopy goes on, from what query-migrate tells of it: reckoned in the same way by the daemon, which keeps terms, and by the
 * client, which says how long it will take.
 */
package io.godwit.protocol.course;
