/** `cs envelope test ENVELOPE CASES`: a draft against its cases on this machine, with both engines and no server (E5). */
import {
  envelopeTestSuiteShape,
  readShape,
  runEnvelopeTests,
  trustBundleShape,
  type Envelope,
  type EnvelopeTestSuite,
  type TrustBundle,
} from '@countersign/core';
import { canonicalBytes, digestOf } from '@countersign/seal';
import { createLocalOracle } from '../authoring/cedar-oracle.ts';
import { readYaml } from '../authoring/yaml-source.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';
import { readDocument } from '../cli/read-document.ts';
import { isYaml, yamlText } from './envelope-file.ts';

type Floor = TrustBundle['floor'];
type Results = ReturnType<typeof runEnvelopeTests>;

/** What the code says holds anyway; a trust bundle adds the organisation's own. */
const CODE_ONLY: Floor = { quorums: [], humanOnlyActions: [], autonomousTargets: 1_000_000 };

export function readCases(file: string): EnvelopeTestSuite {
  if (!isYaml(file)) return readDocument(file, envelopeTestSuiteShape);
  const source = readYaml(yamlText(file));
  const read = source.ok ? readShape(envelopeTestSuiteShape, source.value.data) : source;
  if (read.ok) return read.value;
  throw new Failure(EXIT.failed, { ...read.refusal, detail: `\`${file}\`: ${read.refusal.detail}` });
}

export function runCases(envelope: Envelope, suite: EnvelopeTestSuite, floor: Floor = CODE_ONLY): Results {
  const envelopeDigest = digestOf(canonicalBytes(envelope));
  return runEnvelopeTests(suite, { envelope, envelopeDigest, floor, oracle: createLocalOracle() });
}

export const floorOf = (trust: string | undefined): Floor =>
  trust === undefined ? CODE_ONLY : readDocument(trust, trustBundleShape).floor;
