package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;

/** linux/fs.h: PAGEMAP_SCAN, of Linux 6.7 and later; Documentation/admin-guide/mm/pagemap.rst explains it. */
public final class Fs {
    public static final long PM_SCAN_WP_MATCHING = 1;
    public static final long PM_SCAN_CHECK_WPASYNC = 2;

    public static final long PAGE_IS_WRITTEN = 2;
    public static final long PAGE_IS_PRESENT = 8;
    public static final long PAGE_IS_SWAPPED = 16;
    public static final long PAGE_IS_PFNZERO = 32;

    /** {@code struct pm_scan_arg}. */
    public static final StructLayout PM_SCAN_ARG = MemoryLayout.structLayout(JAVA_LONG.withName("size"),
            JAVA_LONG.withName("flags"), JAVA_LONG.withName("start"), JAVA_LONG.withName("end"),
            JAVA_LONG.withName("walk_end"), JAVA_LONG.withName("vec"), JAVA_LONG.withName("vec_len"),
            JAVA_LONG.withName("max_pages"), JAVA_LONG.withName("category_inverted"),
            JAVA_LONG.withName("category_mask"), JAVA_LONG.withName("category_anyof_mask"),
            JAVA_LONG.withName("return_mask"));
    /** {@code struct page_region}. */
    public static final StructLayout PAGE_REGION = MemoryLayout.structLayout(JAVA_LONG.withName("start"),
            JAVA_LONG.withName("end"), JAVA_LONG.withName("categories"));

    /** On /proc/PID/pagemap: how many regions it filled in. */
    public static final long PAGEMAP_SCAN = Ioctl._IOWR('f', 16, PM_SCAN_ARG.byteSize());

    private Fs() {}
}
