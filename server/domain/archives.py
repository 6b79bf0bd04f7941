"""ZIP files that people send: what says that one cannot be read."""

import zipfile
import zlib

# What `zipfile` raises of a file that is torn (the first, second and last), encrypted (RuntimeError)
# or packed in a way that it does not know (NotImplementedError, which is a RuntimeError).
BROKEN: tuple[type[Exception], ...] = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError)
