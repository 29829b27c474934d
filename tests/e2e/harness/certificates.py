"""Certificates of an authority of the suite's own, as PEM files."""

import itertools
import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass
class Pair:
    """A certificate chain and its key."""

    certificate: Path
    key: Path

    @property
    def flags(self) -> list[str]:
        return ["--tls", str(self.certificate), str(self.key)]

    @property
    def der(self) -> bytes:
        first = self.certificate.read_text().split("-----END CERTIFICATE-----")[0]
        return ssl.PEM_cert_to_DER_cert(first + "-----END CERTIFICATE-----\n")

    def replace_with(self, other: "Pair"):
        """Puts another pair's text in the place of this one's, as a renewal does."""
        self.key.write_bytes(other.key.read_bytes())
        self.certificate.write_bytes(other.certificate.read_bytes())


class Authority:
    def __init__(self, folder: Path):
        self.folder = folder
        self.root = trustme.CA(key_type=trustme.KeyType.ECDSA)
        self.file = folder / "authority.pem"
        self.root.cert_pem.write_to_path(self.file)
        self.numbers = itertools.count()

    def issue(self, *names: str) -> Pair:
        """A certificate for these names, by default those of the loopback interface."""
        issued = self.root.issue_cert(*(names or ("localhost", "127.0.0.1")), key_type=trustme.KeyType.ECDSA)
        number = next(self.numbers)
        pair = Pair(self.folder / f"{number}.pem", self.folder / f"{number}.key")
        issued.private_key_pem.write_to_path(pair.key)
        pair.key.chmod(0o600)
        for index, pem in enumerate(issued.cert_chain_pems):
            pem.write_to_path(pair.certificate, append=index > 0)
        return pair

    def client(self, alpn=("http/1.1",), shows: Pair | None = None, **versions) -> ssl.SSLContext:
        """A context that trusts this authority, offers `alpn` and may show a certificate."""
        context = ssl.create_default_context(cafile=str(self.file))
        if alpn:
            context.set_alpn_protocols(list(alpn))
        if shows:
            context.load_cert_chain(shows.certificate, shows.key)
        for name, version in versions.items():
            setattr(context, name, version)
        return context

    def wrapper(self, **options):
        """For `Wire(…, wrap=…)`."""
        context = self.client(**options)
        return lambda plain: context.wrap_socket(plain, server_hostname="localhost")
