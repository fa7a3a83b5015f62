"""What sslyze finds of a server on 127.0.0.1: a line for each version that it takes, with its suites.

With a second argument: whether clients may renegotiate."""
import sys

from sslyze import (Scanner, ScanCommand, ServerNetworkConfiguration, ServerNetworkLocation, ServerScanRequest)

VERSIONS = {
    "SSLv2": "ssl_2_0", "SSLv3": "ssl_3_0", "TLSv1.0": "tls_1_0", "TLSv1.1": "tls_1_1", "TLSv1.2": "tls_1_2",
    "TLSv1.3": "tls_1_3",
}
commands = {getattr(ScanCommand, f"{name.upper()}_CIPHER_SUITES") for name in VERSIONS.values()}
location = ServerNetworkLocation("localhost", int(sys.argv[1]), ip_address="127.0.0.1")
configuration = ServerNetworkConfiguration("localhost", network_timeout=20)
renegotiation = {ScanCommand.SESSION_RENEGOTIATION} if sys.argv[2:] else set()
commands = renegotiation or commands
scanner = Scanner()
scanner.queue_scans([ServerScanRequest(location, configuration, commands)])
for result in scanner.get_results():
    if renegotiation:
        found = result.scan_result.session_renegotiation.result
        print(found and found.is_vulnerable_to_client_renegotiation_dos)
        continue
    for name, attribute in VERSIONS.items():
        attempt = getattr(result.scan_result, f"{attribute}_cipher_suites")
        suites = sorted(one.cipher_suite.name for one in attempt.result.accepted_cipher_suites)
        if suites:
            print(name, *suites)
