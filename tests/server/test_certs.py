"""Certificates for a LAN: trusted once, renewed in time, fit for every name."""

import datetime
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from server import certs

NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)
NAMES = ["localhost", "127.0.0.1", "room.example.org"]


def test_the_certificate_is_trusted_through_its_authority_for_each_name(tmp_path: Path) -> None:
    certificate, key = certs.ensure(tmp_path, NAMES, NOW)

    authority = x509.load_pem_x509_certificate((tmp_path / "ca.crt").read_bytes())
    leaf = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
    verifier = PolicyBuilder().store(Store([authority])).time(NOW)
    for name in ("localhost", "room.example.org"):
        chain = verifier.build_server_verifier(x509.DNSName(name)).verify(leaf, [])
        assert chain == [leaf, authority]
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    assert key.stat().st_mode & 0o077 == 0
    assert (tmp_path / "ca.key").stat().st_mode & 0o077 == 0


def test_a_fit_certificate_stays(tmp_path: Path) -> None:
    certificate, _ = certs.ensure(tmp_path, NAMES, NOW)
    before = certs.fingerprint(certificate)

    certs.ensure(tmp_path, NAMES[:2], NOW + datetime.timedelta(days=300))

    assert certs.fingerprint(certificate) == before


def test_a_new_name_or_an_approaching_end_makes_a_new_one_under_the_same_authority(
    tmp_path: Path,
) -> None:
    certificate, _ = certs.ensure(tmp_path, NAMES, NOW)
    first, authority = certs.fingerprint(certificate), (tmp_path / "ca.crt").read_bytes()

    certs.ensure(tmp_path, [*NAMES, "192.0.2.4"], NOW)
    second = certs.fingerprint(certificate)
    certs.ensure(tmp_path, [*NAMES, "192.0.2.4"], NOW + datetime.timedelta(days=380))

    assert len({first, second, certs.fingerprint(certificate)}) == 3
    assert (tmp_path / "ca.crt").read_bytes() == authority
