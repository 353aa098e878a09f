package io.godwit.daemon;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import io.godwit.engine.migration.MigrationException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Which package may use what. Between modules module-info.java holds it; this does inside this one. */
class ArchitectureTest {
    private static final JavaClasses MODULE = new ClassFileImporter().importPath(Path.of("target/classes"));

    @Test
    void packagesFormNoCycle() {
        check(slices().matching("io.godwit.(daemon|client|inspect|manual)..(*)..").should().beFreeOfCycles());
        check(slices().matching("io.godwit.daemon.(*)..").should().beFreeOfCycles());
    }

    @Test
    void theMicroscopeUsesTheProtocolAndTheEnginesDoor() {
        check(classes().that().resideInAPackage("io.godwit.inspect..").should().onlyDependOnClassesThat()
                .resideInAnyPackage("io.godwit.inspect..", "io.godwit.protocol..", "io.godwit.engine",
                        "io.godwit.engine.migration", "tools.jackson..", "org.jspecify..", "java.."));
    }

    @Test
    void clientUsesTheProtocolAndTheMicroscopeAndNothingOfTheDaemonOrTheEngine() {
        check(classes().that().resideInAPackage("io.godwit.client..").should().onlyDependOnClassesThat()
                .resideInAnyPackage("io.godwit.client..", "io.godwit.inspect..", "io.godwit.protocol..",
                        "tools.jackson..", "picocli..", "org.jline..", "org.jspecify..", "java.."));
    }

    @Test
    void linesAreEditedInTheShellAndNowhereElse() {
        check(noClasses().that().resideOutsideOfPackage("io.godwit.client.shell..").should().dependOnClassesThat()
                .resideInAPackage("org.jline.."));
    }

    @Test
    void nobodyReachesForNativeMemory() {
        check(noClasses().should().dependOnClassesThat().resideInAnyPackage("java.lang.foreign..", "sun.misc.."));
    }

    @Test
    void metersStayInMetrics() {
        check(noClasses().that().resideOutsideOfPackage("io.godwit.daemon.metrics..").should().dependOnClassesThat()
                .resideInAPackage("io.micrometer.."));
    }

    @Test
    void nettyStaysWhereSocketsAre() {
        check(noClasses().that()
                .resideOutsideOfPackages("io.godwit.daemon", "io.godwit.daemon.qmp..", "io.godwit.daemon.metrics..")
                .should().dependOnClassesThat().resideInAPackage("io.netty.."));
    }

    @Test
    void logbackIsNamedOnlyWhereItIsSetUp() {
        check(noClasses().that().resideOutsideOfPackage("io.godwit.daemon").should().dependOnClassesThat()
                .resideInAPackage("ch.qos.logback.."));
    }

    @Test
    void commandLinesAreReadInTwoPlacesAndDescribedInOne() {
        check(noClasses().that()
                .resideOutsideOfPackages("io.godwit.daemon.config..", "io.godwit.client..", "io.godwit.manual..")
                .should().dependOnClassesThat().resideInAPackage("picocli.."));
    }

    @Test
    void optionsKnowNothingOfWhatIsMadeOfThem() {
        check(classes().that().resideInAPackage("io.godwit.daemon.config..").should().onlyDependOnClassesThat()
                .resideInAnyPackage("io.godwit.daemon.config..", "io.godwit.engine", "picocli..", "org.jspecify..",
                        "java.."));
    }

    @Test
    void migrationExceptionsBecomeQmpErrorsInOnePlace() {
        check(noClasses().that().resideOutsideOfPackages("io.godwit.daemon.command..", "io.godwit.inspect..").should()
                .dependOnClassesThat()
                .areAssignableTo(MigrationException.class));
    }

    private static void check(ArchRule rule) {
        rule.check(MODULE);
    }
}
