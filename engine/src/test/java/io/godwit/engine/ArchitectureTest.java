package io.godwit.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import org.junit.jupiter.api.Test;

/** The arrows inside the engine; those between modules are held by module-info. */
final class ArchitectureTest {
    private static final JavaClasses ENGINE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("io.godwit.engine");

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.godwit.engine.(**)").should().beFreeOfCycles().check(ENGINE);
    }

    @Test
    void onlyTheRawKernelLinksNativeCode() {
        noClasses().that().resideOutsideOfPackage("io.godwit.engine.linux.ffi").should().dependOnClassesThat()
                .belongToAnyOf(Linker.class, SymbolLookup.class).check(ENGINE);
    }

    @Test
    void onlyTheTypedKernelUsesTheRawOne() {
        noClasses().that().resideOutsideOfPackages("io.godwit.engine.linux..").should().dependOnClassesThat()
                .resideInAPackage("io.godwit.engine.linux.ffi").check(ENGINE);
    }

    @Test
    void theEngineKnowsNoJsonAndNoNetty() {
        noClasses().should().dependOnClassesThat()
                .resideInAnyPackage("tools.jackson..", "com.fasterxml..", "io.netty..", "io.godwit.protocol.qmp..")
                .check(ENGINE);
    }

    @Test
    void flowsKnowNoKindOfGuest() {
        noClasses().that()
                .resideInAnyPackage("io.godwit.engine.precopy..", "io.godwit.engine.switchover..",
                        "io.godwit.engine.postcopy..", "io.godwit.engine.outgoing..", "io.godwit.engine.incoming..",
                        "io.godwit.engine.channel..", "io.godwit.engine.localhost..",
                        "io.godwit.engine.mappedram..", "io.godwit.engine.dirtyrate..",
                        "io.godwit.engine.snapshot..")
                .should().dependOnClassesThat()
                .resideInAnyPackage("io.godwit.engine.guest.kvm..", "io.godwit.engine.guest.workload..",
                        "io.godwit.engine.guest.held..")
                .check(ENGINE);
    }

    @Test
    void guestsKnowNoChannels() {
        noClasses().that().resideInAPackage("io.godwit.engine.guest..").should().dependOnClassesThat()
                .resideInAnyPackage("io.godwit.engine.channel..", "io.godwit.engine.precopy..",
                        "io.godwit.engine.postcopy..", "io.godwit.engine.incoming..",
                        "io.godwit.engine.localhost..")
                .check(ENGINE);
    }

    /** A block's memory is reached by Mapping's native calls; nobody holds a segment over it. Buffers are lent for a call. */
    @Test
    void ramHoldsNoSegments() {
        noFields().that().areDeclaredInClassesThat()
                .resideInAnyPackage("io.godwit.engine.ram", "io.godwit.engine.guest..")
                .should().haveRawType(MemorySegment.class).check(ENGINE);
    }

    @Test
    void theDoorIsAllThatIsPublicAtTheTop() {
        classes().that().resideInAPackage("io.godwit.engine").and().arePublic().should()
                .haveSimpleNameNotEndingWith("Factory").check(ENGINE);
    }
}
