"""Certificates for a LAN: an authority of one's own, and a certificate for this machine's names.

The authority is made once and lasts ten years: people install it once. The server's certificate
lasts as long as browsers allow and is made anew when it nears its end or the machine has got
another address.
"""

import datetime
import ipaddress
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
SERVER_DAYS = 397
"""The longest that browsers accept (CA/Browser Forum baseline requirements, 6.3.2)."""
RENEW_DAYS = 30


def ensure(folder: Path, names: Sequence[str], now: datetime.datetime) -> tuple[Path, Path]:
    """Return the server's certificate and key in `folder`, made where they are missing or unfit.

    names: host names and addresses that people will type. `ca.crt` beside them is what people
    install. Raises OSError if the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    certificate, key = folder / "server.crt", folder / "server.key"
    authority = folder / "ca.crt"
    if not (authority.exists() and (folder / "ca.key").exists()):
        _make_authority(folder, now)
    elif certificate.exists() and key.exists() and _is_fit(certificate, names, now):
        return certificate, key
    _make_server(folder, names, now)
    return certificate, key


def fingerprint(certificate: Path) -> str:
    """Return the SHA-256 fingerprint of a certificate as people compare it."""
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    return loaded.fingerprint(hashes.SHA256()).hex(":").upper()


def _is_fit(certificate: Path, names: Sequence[str], now: datetime.datetime) -> bool:
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    extension = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    missing = set(_alternatives(names)) - set(extension.value)
    return not missing and loaded.not_valid_after_utc - now > datetime.timedelta(days=RENEW_DAYS)


def _make_authority(folder: Path, now: datetime.datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Colloquy, this installation")])
    usage = _usage(signs_certificates=True)
    builder = (
        _builder(name, name, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
    )
    _write_key(folder / "ca.key", key)
    _write(folder / "ca.crt", builder.sign(key, hashes.SHA256()))


def _make_server(folder: Path, names: Sequence[str], now: datetime.datetime) -> None:
    authority = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
    authority_key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    if not isinstance(authority_key, ec.EllipticCurvePrivateKey):
        raise OSError(f"{folder / 'ca.key'} is not a key that Colloquy made")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Colloquy")])
    builder = (
        _builder(name, authority.subject, key, now, SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
    )
    _write_key(folder / "server.key", key)
    _write(folder / "server.crt", builder.sign(authority_key, hashes.SHA256()), authority)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime.datetime,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))  # clocks in a room differ
        .not_valid_after(now + datetime.timedelta(days=days - 1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _alternatives(names: Sequence[str]) -> list[x509.GeneralName]:
    return [_alternative(name) for name in dict.fromkeys(names)]


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)


def _write(path: Path, *certificates: x509.Certificate) -> None:
    pems = [one.public_bytes(serialization.Encoding.PEM) for one in certificates]
    path.write_bytes(b"".join(pems))
