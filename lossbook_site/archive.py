"""The website as one zip, to read without a network: unpack it and open index.html.

python -m lossbook_site.archive SITE FILE
"""

import hashlib
import sys
import zipfile
from pathlib import Path

# One moment for all files: the same site gives the same archive.
MOMENT = (2025, 12, 1, 0, 0, 0)


def main(site, file):
    """Write the archive and, beside it, its checksum as `sha256sum --check` reads it."""
    site, file = Path(site), Path(file)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for page in sorted(site.rglob("*")):
            if page.is_file():
                entry = zipfile.ZipInfo(f"{file.stem}/{page.relative_to(site).as_posix()}", MOMENT)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                archive.writestr(entry, page.read_bytes())
    checksum = hashlib.sha256(file.read_bytes()).hexdigest()
    file.with_suffix(".zip.sha256").write_text(f"{checksum}  {file.name}\n", encoding="utf-8")
    print(f"{file}: {file.stat().st_size / 1e6:.1f} MB, SHA-256 {checksum}")


if __name__ == "__main__":
    main(*sys.argv[1:])
