package io.godwit.engine.guest.workload;

import io.godwit.engine.freepages.Balloon;
import io.godwit.engine.guest.Device;
import io.godwit.protocol.stream.DeviceStateReader;
import io.godwit.protocol.stream.DeviceStateWriter;
import io.godwit.protocol.stream.MalformedStreamException;
import java.io.IOException;

/**
 * The program and its position as device state: with its RAM, all that a workload needs to go on elsewhere. The plan of the
 * source replaces that of the destination, save the number of threads, which is the machine's.
 *
 * <pre>
 * u32 threads, u64 generation, u64 fill_pages, u64 dirty_pages, u64 pages_per_second, for each thread:
 * u64 filled, u64 pass, u64 next; from version 2 on: u64 hog_pages, for each thread u64 hogged;
 * from version 3 on: u8 ballooning, u64 balloon_target, u64 balloon_held
 * </pre>
 */
final class WorkloadDevice implements Device {
    private static final int VERSION = 3;
    private static final int WITHOUT_BALLOON = 2;
    private static final int WITHOUT_HOG = 1;

    private final Program program;
    private final long ramPages;
    private final Balloon balloon;

    WorkloadDevice(Program program, long ramPages, Balloon balloon) {
        this.program = program;
        this.ramPages = ramPages;
        this.balloon = balloon;
    }

    @Override
    public String name() {
        return "workload";
    }

    @Override
    public int version() {
        return VERSION;
    }

    @Override
    public void save(DeviceStateWriter out) {
        WorkloadPlan plan = program.plan();
        out.u32("threads", plan.threads());
        out.u64("generation", program.generation());
        out.u64("fill_pages", plan.fillPages());
        out.u64("dirty_pages", plan.dirtyPages());
        out.u64("pages_per_second", plan.pagesPerSecond());
        for (int i = 0; i < plan.threads(); i++) {
            Position position = program.position(i);
            out.u64("filled" + i, position.filled);
            out.u64("pass" + i, position.pass);
            out.u64("next" + i, position.next);
        }
        out.u64("hog_pages", plan.hogPages());
        for (int i = 0; i < plan.threads(); i++) {
            out.u64("hogged" + i, program.position(i).hogged);
        }
        out.u8("ballooning", balloon.isOffered() ? 1 : 0);
        out.u64("balloon_target", balloon.targetPages());
        out.u64("balloon_held", balloon.heldPages());
    }

    @Override
    public void load(DeviceStateReader in, int version) throws IOException {
        if (version < WITHOUT_HOG || version > VERSION) {
            throw new MalformedStreamException("workload: state of version " + version + ", at most " + VERSION
                    + " expected");
        }
        int threads = in.u32("threads");
        if (threads != program.plan().threads()) {
            throw new MalformedStreamException("workload: state of " + Integer.toUnsignedString(threads) + " threads, "
                    + program.plan().threads() + " expected");
        }
        long generation = in.u64("generation");
        WorkloadPlan withoutHog = loadPlan(in, threads);
        program.restart(withoutHog, generation);
        for (int i = 0; i < threads; i++) {
            load(in, i, withoutHog.part(i));
        }
        if (version != WITHOUT_HOG) {
            loadHog(in, withoutHog);
        }
        if (version > WITHOUT_BALLOON) {
            loadBalloon(in);
        }
    }

    private WorkloadPlan loadPlan(DeviceStateReader in, int threads) throws IOException {
        long fillPages = within(in, "fill_pages", ramPages);
        long dirtyPages = within(in, "dirty_pages", fillPages);
        return new WorkloadPlan(threads, fillPages, dirtyPages,
                within(in, "pages_per_second", WorkloadPlan.MAX_PAGES_PER_SECOND));
    }

    private void load(DeviceStateReader in, int thread, WorkloadPlan.Part part) throws IOException {
        Position position = program.position(thread);
        position.filled = within(in, "filled" + thread, part.fillPages());
        // Touching begins when the part is filled; a page that is next lies within the part's working set.
        boolean touching = position.filled == part.fillPages() && part.dirtyPages() > 0;
        position.pass = within(in, "pass" + thread, touching ? Long.MAX_VALUE >> 16 : 0);
        position.next = within(in, "next" + thread, touching ? part.dirtyPages() - 1 : 0);
    }

    private void loadHog(DeviceStateReader in, WorkloadPlan withoutHog) throws IOException {
        long hogPages = within(in, "hog_pages", ramPages - withoutHog.fillPages());
        program.continueAs(new WorkloadPlan(withoutHog.threads(), withoutHog.fillPages(), hogPages,
                withoutHog.dirtyPages(), withoutHog.pagesPerSecond()));
        for (int i = 0; i < withoutHog.threads(); i++) {
            WorkloadPlan.Part part = program.plan().part(i);
            Position position = program.position(i);
            boolean filled = position.filled == part.fillPages();
            position.hogged = within(in, "hogged" + i, filled ? part.hogPages() : 0);
            position.freed = position.hogged == part.hogPages();
        }
    }

    private void loadBalloon(DeviceStateReader in) throws IOException {
        int ballooning = in.u8("ballooning");
        if (ballooning > 1) {
            throw new MalformedStreamException("workload: ballooning is " + ballooning + ", 0 or 1 expected");
        }
        long target = within(in, "balloon_target", ballooning == 1 ? ramPages : 0);
        long held = within(in, "balloon_held", ballooning == 1 ? ramPages - program.plan().fillPages() : 0);
        if (ballooning == 1) {
            balloon.restore(target, held);
        }
    }

    private static long within(DeviceStateReader in, String name, long most) throws IOException {
        long value = in.u64(name);
        if (Long.compareUnsigned(value, most) > 0) {
            throw new MalformedStreamException(
                    "workload: " + name + " is " + Long.toUnsignedString(value) + ", at most "
                            + most + " expected");
        }
        return value;
    }
}
