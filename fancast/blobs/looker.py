"""The process that opens strangers' files: `python -m fancast.blobs.looker`, one job a line.

Decoders are where files attack; here one can take no more than its own memory and time, and its fall takes nobody
along. It ends by itself after a minute without a job, and with it its memory.
"""

import select
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from fancast.blobs import sniffing
from fancast.blobs.findings import IMAGES, Findings, Job, Refused, Reply

IDLE_SECONDS = 60
#: Address space; a 100-megapixel PNG takes 0.8 GB, a WebP 1.6.
MOST_MEMORY = 3 * 1024**3
#: What is written are small JPEGs.
MOST_WRITTEN = 64 * 1024**2


def look(job: Job) -> Findings:
    """Raises Refused."""
    path, folder = Path(job.path), Path(job.folder)
    content_type = sniffing.kind_of(path, job.declared)
    # Each only when needed: both take a third of a second to import.
    if content_type in IMAGES:
        from fancast.blobs import pictures

        return pictures.look(path, content_type, folder)
    from fancast.blobs import films

    return films.look(path, content_type, folder)


def answer(line: bytes) -> Reply:
    try:
        return Reply(look(msgspec.json.decode(line, type=Job)))
    except Refused as refused:
        return Reply(code=refused.code, message=refused.message)
    except MemoryError:
        return Reply(code="too_complex", message="The file takes too much memory to read.")
    except Exception:
        # Decoders raise whatever their format's library says; all of it means a file that cannot be read.
        return Reply(code="corrupt_file", message="The file is corrupt or cut off.")


def main() -> None:
    _bound()
    while True:
        ready, _, _ = select.select([sys.stdin], [], [], IDLE_SECONDS)
        line = sys.stdin.buffer.readline() if ready else b""
        if not line:
            return
        sys.stdout.buffer.write(msgspec.json.encode(answer(line)) + b"\n")
        sys.stdout.buffer.flush()


def _bound() -> None:
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WRITTEN, MOST_WRITTEN))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
