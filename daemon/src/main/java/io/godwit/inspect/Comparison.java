package io.godwit.inspect;

import io.godwit.inspect.Difference.BlockLength;
import io.godwit.inspect.Difference.BlockOnlyIn;
import io.godwit.inspect.Difference.Device;
import io.godwit.inspect.Difference.DeviceBytes;
import io.godwit.inspect.Difference.DeviceLength;
import io.godwit.inspect.Difference.DeviceOnlyIn;
import io.godwit.inspect.Difference.DeviceVersion;
import io.godwit.inspect.Difference.Machine;
import io.godwit.inspect.Difference.Pages;
import io.godwit.inspect.Difference.Range;
import io.godwit.inspect.Difference.Side;
import io.godwit.protocol.stream.DeviceTail;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Compares two streams or mapped-ram files, of one kind or of both: what would be loaded from them. */
public final class Comparison {
    private static final int MAX_RANGES = 8;
    private static final int PROGRESS_PAGES = 256;

    private final Image first;
    private final Image second;
    private final ReadingProgress progress;
    private final List<Difference> differences = new ArrayList<>();
    private final ByteBuffer firstPage = ByteBuffer.allocateDirect(MappedPages.PAGE_SIZE);
    private final ByteBuffer secondPage = ByteBuffer.allocateDirect(MappedPages.PAGE_SIZE);
    private final ByteBuffer zero = ByteBuffer.allocateDirect(MappedPages.PAGE_SIZE).asReadOnlyBuffer();
    private final long totalBytes;
    private long doneBytes;

    private Comparison(Image first, Image second, ReadingProgress progress) {
        this.first = first;
        this.second = second;
        this.progress = progress;
        totalBytes = first.blocks().stream().mapToLong(Image.Block::lengthBytes).sum();
    }

    /**
     * In what they differ; empty when they do not. A page that is absent is zero, and how a file is laid out is no difference.
     *
     * @throws IOException naming the file that is damaged or cannot be compared
     */
    public static List<Difference> of(Path first, Path second, ReadingProgress progress) throws IOException {
        try (var a = open(first, progress); var b = open(second, progress)) {
            return new Comparison(a, b, progress).differences();
        }
    }

    private static Image open(Path path, ReadingProgress progress) throws IOException {
        try {
            SealReport.isSealedAndIntact(path, progress);
            return Image.open(path, progress);
        } catch (IOException e) {
            throw FileTrouble.of(path.toString(), e);
        }
    }

    private List<Difference> differences() throws IOException {
        compareMachines();
        compareBlocks();
        compareDevices();
        return List.copyOf(differences);
    }

    private void compareMachines() {
        var a = first.configuration();
        var b = second.configuration();
        if (!a.machineType().equals(b.machineType())) {
            differences.add(new Machine("machine type", a.machineType(), b.machineType()));
        }
        if (!a.uuid().equals(b.uuid())) {
            differences.add(new Machine("uuid", a.uuid().map(Object::toString).orElse("none"),
                    b.uuid().map(Object::toString).orElse("none")));
        }
    }

    private void compareBlocks() throws IOException {
        Map<String, Image.Block> others = second.blocks().stream()
                .collect(Collectors.toMap(Image.Block::name, Function.identity()));
        for (Image.Block block : first.blocks()) {
            Image.Block other = others.remove(block.name());
            if (other == null) {
                differences.add(new BlockOnlyIn(block.name(), Side.FIRST));
                continue;
            }
            if (block.lengthBytes() != other.lengthBytes()) {
                differences.add(new BlockLength(block.name(), block.lengthBytes(), other.lengthBytes()));
            }
            comparePages(block, other);
            doneBytes += block.lengthBytes();
        }
        for (Image.Block block : second.blocks()) {
            if (others.containsKey(block.name())) {
                differences.add(new BlockOnlyIn(block.name(), Side.SECOND));
            }
        }
    }

    /** As far as both go. */
    private void comparePages(Image.Block a, Image.Block b) throws IOException {
        long pages = Math.min(a.lengthBytes(), b.lengthBytes()) / MappedPages.PAGE_SIZE;
        var ranges = new ArrayList<Range>();
        long count = 0;
        for (long page = 0; page < pages; page++) {
            if (page % PROGRESS_PAGES == 0) {
                progress.at(doneBytes + page * MappedPages.PAGE_SIZE, totalBytes);
            }
            if (!samePage(a.position(page), b.position(page))) {
                count++;
                extend(ranges, page);
            }
        }
        if (count > 0) {
            differences.add(new Pages(a.name(), count, ranges));
        }
    }

    private boolean samePage(long a, long b) throws IOException {
        if (a == 0 && b == 0) {
            return true;
        }
        return content(first, a, firstPage).mismatch(content(second, b, secondPage)) < 0;
    }

    private ByteBuffer content(Image image, long position, ByteBuffer page) throws IOException {
        if (position == 0) {
            return zero;
        }
        image.readPage(position, page);
        return page;
    }

    private static void extend(List<Range> ranges, long page) {
        int last = ranges.size() - 1;
        if (last >= 0 && ranges.get(last).firstPage() + ranges.get(last).pages() == page) {
            ranges.set(last, new Range(ranges.get(last).firstPage(), ranges.get(last).pages() + 1));
        } else if (ranges.size() < MAX_RANGES) {
            ranges.add(new Range(page, 1));
        }
    }

    private void compareDevices() {
        var others = devices(second.tail());
        devices(first.tail()).forEach((device, section) -> {
            DeviceTail.Section other = others.remove(device);
            if (other == null) {
                differences.add(new DeviceOnlyIn(device, Side.FIRST));
            } else {
                compareDevice(device, section, other);
            }
        });
        others.keySet().forEach(device -> differences.add(new DeviceOnlyIn(device, Side.SECOND)));
    }

    private static Map<Device, DeviceTail.Section> devices(DeviceTail tail) {
        var devices = new LinkedHashMap<Device, DeviceTail.Section>();
        tail.sections().forEach(section -> devices.put(new Device(section.name(), section.instanceId()), section));
        return devices;
    }

    private void compareDevice(Device device, DeviceTail.Section a, DeviceTail.Section b) {
        if (a.version() != b.version()) {
            differences.add(new DeviceVersion(device, a.version(), b.version()));
        }
        if (a.bodyBytes() != b.bodyBytes()) {
            differences.add(new DeviceLength(device, a.bodyBytes(), b.bodyBytes()));
        }
        ByteBuffer bodyA = body(first.tail(), a);
        ByteBuffer bodyB = body(second.tail(), b);
        int at = bodyA.mismatch(bodyB);
        if (at >= 0 && at < Math.min(a.bodyBytes(), b.bodyBytes())) {
            differences.add(new DeviceBytes(device, at, bodyA.get(at) & 0xff, bodyB.get(at) & 0xff));
        }
    }

    private static ByteBuffer body(DeviceTail tail, DeviceTail.Section section) {
        return tail.sectionBytes().slice(section.bodyOffset(), section.bodyBytes());
    }
}
