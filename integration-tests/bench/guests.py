"""Guests that are assembled for one measurement."""
import pathlib
import shutil
import subprocess

from qmp import QmpError


def need_binutils():
    for tool in ("as", "ld"):
        if not shutil.which(tool):
            raise QmpError("No %s here: the guest is assembled by binutils." % tool)


def assemble(directory, source, **symbols):
    """The boot sector of a source beside this file."""
    built, image = directory / "guest.o", directory / "guest.img"
    defined = [word for name, value in symbols.items() for word in ("--defsym", "%s=%d" % (name, value))]
    subprocess.run(["as", "--32", *defined, pathlib.Path(__file__).with_name(source), "-o", built], check=True)
    subprocess.run(["ld", "-m", "elf_i386", "-Ttext", "0x7c00", "--oformat", "binary", built, "-o", image], check=True)
    return image.read_bytes()
