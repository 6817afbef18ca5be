/** The vulnerability scanner's report (SARIF 2.1.0) for the estate: one result per host with an openssl before the patch. */
import { createHash } from 'node:crypto';
import { instantOf } from '@countersign/core';
import type { EstateHost, EstateLayout } from '../layout.ts';
import { PATCHED_VERSION } from '../packages.ts';

export const CVE = 'CVE-2025-31847';

/** As the scanner would print it; the host is the logical location and the first part of the file's address. */
export function opensslSarif(layout: EstateLayout, scannedAtMs: number): object {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'hostscan', semanticVersion: '4.2.0', rules: [rule] } },
        automationDetails: { id: `estate/${layout.profile}/${instantOf(scannedAtMs)}` },
        invocations: [{ executionSuccessful: true, endTimeUtc: instantOf(scannedAtMs) }],
        columnKind: 'utf16CodeUnits',
        results: layout.hosts.map(resultOf),
      },
    ],
  };
}

const rule = {
  id: CVE,
  name: 'VulnerableOpenssl',
  shortDescription: { text: 'OpenSSL certificate time comparison can be made to accept an expired certificate' },
  help: { text: `Update openssl to ${PATCHED_VERSION}.` },
  defaultConfiguration: { level: 'warning' },
  properties: { 'security-severity': '5.9', tags: ['security', 'openssl'] },
};

function resultOf({ id, opensslVersion }: EstateHost): object {
  const found = createHash('sha256').update(`${CVE} ${id} openssl`).digest('hex');
  return {
    ruleId: CVE,
    ruleIndex: 0,
    level: 'warning',
    kind: 'fail',
    message: { text: `${id} runs openssl ${opensslVersion}; fixed in ${PATCHED_VERSION}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: `${id}/lib/openssl.json` } },
        logicalLocations: [{ name: id, fullyQualifiedName: id, kind: 'resource' }],
      },
    ],
    partialFingerprints: { 'hostscan/v1': found },
    properties: { host: id, package: 'openssl', installedVersion: opensslVersion, fixedVersion: PATCHED_VERSION },
  };
}
