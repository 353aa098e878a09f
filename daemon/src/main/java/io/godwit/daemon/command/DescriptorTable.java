package io.godwit.daemon.command;

import io.godwit.daemon.upgrade.Holding;
import io.godwit.daemon.upgrade.Part;
import io.godwit.engine.linux.AccessMode;
import io.godwit.engine.linux.Fd;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Owns the descriptors that clients passed to a guest: named ones ({@code getfd}) and sets of them ({@code add-fd}). They
 * outlive the client. Used on the guest's command thread only; before its first command and after its last one by the
 * thread that sets up and closes the guest.
 */
public final class DescriptorTable implements Holding, AutoCloseable {
    /** Its name among a daemon's holdings. */
    public static final String NAME = "descriptors";

    /** A descriptor of a set, and what its giver calls it. */
    record Member(Fd descriptor, Optional<String> opaque) {}

    private final Map<String, Fd> named = new HashMap<>();
    private final NavigableMap<Long, List<Member>> sets = new TreeMap<>();

    /** Empty. */
    public DescriptorTable() {}

    /** Takes ownership; a descriptor that had the name is closed. */
    void name(String name, Fd descriptor) {
        Fd replaced = named.put(name, descriptor);
        if (replaced != null) {
            replaced.close();
        }
    }

    /** Gives a named descriptor away: the name is used up. */
    Optional<Fd> takeNamed(String name) {
        return Optional.ofNullable(named.remove(name));
    }

    /**
     * Takes ownership.
     *
     * @param set which set, made when there is none; empty for a new one with the smallest free number
     * @return the set's number
     */
    @SuppressWarnings("exports") // Fd is exported to this module only, as is this package to nobody.
    public long addToSet(Optional<Long> set, Fd descriptor, Optional<String> opaque) {
        long number = set.orElseGet(this::smallestFreeSet);
        sets.computeIfAbsent(number, created -> new ArrayList<>()).add(new Member(descriptor, opaque));
        return number;
    }

    private long smallestFreeSet() {
        long free = 0;
        while (sets.containsKey(free)) {
            free++;
        }
        return free;
    }

    /** Closes the whole set; false when there is none. */
    boolean removeSet(long set) {
        List<Member> removed = sets.remove(set);
        if (removed == null) {
            return false;
        }
        removed.forEach(member -> member.descriptor().close());
        return true;
    }

    /** Closes one descriptor of a set, and with the last one the set is gone; false when there is no such one. */
    boolean removeFromSet(long set, long number) {
        List<Member> members = sets.getOrDefault(set, List.of());
        for (Member member : members) {
            if (member.descriptor().number() == number) {
                members.remove(member);
                member.descriptor().close();
                if (members.isEmpty()) {
                    sets.remove(set);
                }
                return true;
            }
        }
        return false;
    }

    /** All sets by number, their members in the order of adding. */
    NavigableMap<Long, List<Member>> sets() {
        return sets;
    }

    /**
     * Opens {@code /dev/fdset/N}: a duplicate of the set's first member that was opened just so. The set stays.
     *
     * @throws IOException with QEMU's text, when there is none
     */
    Fd open(String path, boolean forWriting) throws IOException {
        AccessMode wanted = forWriting ? AccessMode.WRITE_ONLY : AccessMode.READ_ONLY;
        for (Member member : setAt(path)) {
            if (member.descriptor().accessMode() == wanted) {
                return member.descriptor().duplicate();
            }
        }
        // The flags of open(2) that QEMU would have opened a file with: O_WRONLY|O_CREAT or O_RDONLY.
        throw new IOException("Failed to find file descriptor with matching flags=" + (forWriting ? "0x41" : "0x0"));
    }

    private List<Member> setAt(String path) throws IOException {
        String number = path.substring(FDSET.length());
        if (!number.matches("[0-9]{1,18}")) {
            throw new IOException("Could not parse fdset " + path);
        }
        List<Member> members = sets.get(Long.parseLong(number));
        if (members == null) {
            throw new IOException("Failed to find fdset " + path);
        }
        return members;
    }

    @Override
    public String name() {
        return NAME;
    }

    /** {@inheritDoc} The named ones first, then the sets'. */
    @Override
    public Part lend() {
        ObjectNode data = Json.object();
        var all = new ArrayList<Fd>(named.values());
        ArrayNode names = data.putArray("names");
        named.keySet().forEach(names::add);
        ArrayNode members = data.putArray("members");
        sets.forEach((set, list) -> list.forEach(member -> {
            ObjectNode json = members.addObject().put("set", set);
            member.opaque().ifPresent(opaque -> json.put("opaque", opaque));
            all.add(member.descriptor());
        }));
        return new Part(data, all);
    }

    /** Takes over what another process's table had; takes ownership of the descriptors. */
    public void take(Part part) throws IOException {
        List<Fd> descriptors = part.descriptors();
        JsonNode names = part.data().path("names");
        JsonNode members = part.data().path("members");
        if (names.size() + members.size() != descriptors.size()) {
            descriptors.forEach(Fd::close);
            throw new IOException("%d descriptors for %d names and members of sets".formatted(descriptors.size(),
                    names.size() + members.size()));
        }
        var next = descriptors.iterator();
        names.forEach(each -> name(each.asString(""), next.next()));
        members.forEach(each -> addToSet(Optional.of(each.path("set").asLong(0)), next.next(),
                each.path("opaque").asStringOpt()));
    }

    /** How the path of a descriptor set begins. */
    static final String FDSET = "/dev/fdset/";

    @Override
    public void close() {
        named.values().forEach(Fd::close);
        named.clear();
        List.copyOf(sets.keySet()).forEach(this::removeSet);
    }
}
