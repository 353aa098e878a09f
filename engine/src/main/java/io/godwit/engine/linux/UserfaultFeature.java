package io.godwit.engine.linux;

import io.godwit.engine.linux.ffi.Userfaultfd;

/** What a kernel's userfaultfd may or may not be able to do. The names are the header's, less {@code UFFD_FEATURE_}. */
public enum UserfaultFeature {
    /** Write protection. */
    PAGEFAULT_FLAG_WP(Userfaultfd.UFFD_FEATURE_PAGEFAULT_FLAG_WP),
    /** Missing faults in memfds of huge pages. */
    MISSING_HUGETLBFS(Userfaultfd.UFFD_FEATURE_MISSING_HUGETLBFS),
    /** Missing faults in memfds. */
    MISSING_SHMEM(Userfaultfd.UFFD_FEATURE_MISSING_SHMEM),
    /** Fault messages name the thread. */
    THREAD_ID(Userfaultfd.UFFD_FEATURE_THREAD_ID),
    /** Faults on pages that a memfd has but this mapping has not. */
    MINOR_SHMEM(Userfaultfd.UFFD_FEATURE_MINOR_SHMEM),
    /** Fault messages give the address to the byte. */
    EXACT_ADDRESS(Userfaultfd.UFFD_FEATURE_EXACT_ADDRESS),
    /** Write protection of memfds. */
    WP_HUGETLBFS_SHMEM(Userfaultfd.UFFD_FEATURE_WP_HUGETLBFS_SHMEM),
    /** Write protection of pages that are not there yet. */
    WP_UNPOPULATED(Userfaultfd.UFFD_FEATURE_WP_UNPOPULATED),
    /** A write to a protected page is noted by the kernel and goes on; nobody is asked. */
    WP_ASYNC(Userfaultfd.UFFD_FEATURE_WP_ASYNC);

    final long bit;

    UserfaultFeature(long bit) {
        this.bit = bit;
    }

    /** That this kernel lacks it, as a sentence for the log. */
    String missing() {
        return "userfaultfd: UFFD_FEATURE_" + name() + " is not supported by this kernel";
    }
}
