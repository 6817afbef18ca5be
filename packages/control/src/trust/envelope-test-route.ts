/** Envelope tests over HTTP (E5): requests with the verdict people expect, against the active envelope or a draft nobody signed. */
import {
  envelopeShape,
  envelopeTestSuiteShape,
  object,
  ok,
  optional,
  refuse,
  runEnvelopeTests,
  type Complaint,
  type Envelope,
  type EnvelopeTestCase,
  type Oracle,
  type OrganisationId,
  type Result,
  type Shape,
} from '@countersign/core';
import { digestOfDocument } from '@countersign/seal';
import type { Deps } from '../deps.ts';
import { json, route, type RouteDefinition } from '../http/index.ts';
import type { ReadEnvelope } from './open-envelope.ts';

/** More would keep every other request waiting; the command line runs suites of any size. */
const MAX_CASES = 500;

interface TestBody {
  readonly cases: readonly EnvelopeTestCase[];
  /** A draft; absent: the active envelope. */
  readonly envelope?: Envelope;
}

const casesShape: Shape<readonly EnvelopeTestCase[]> = {
  schema: { type: 'array', minItems: 1, maxItems: MAX_CASES, items: { type: 'object' } },
  read(value, at, complaints) {
    const found: Complaint[] = [];
    const suite = envelopeTestSuiteShape.read({ type: 'envelope-tests', cases: value }, '', found);
    complaints.push(...found.map((complaint) => ({ ...complaint, at: at + complaint.at.replace(/^\/cases/, '') })));
    if (suite === undefined || found.length > 0) return undefined;
    if (suite.cases.length <= MAX_CASES) return suite.cases;
    complaints.push({ at, problem: `must have at most ${MAX_CASES} cases` });
    return undefined;
  },
};

export const envelopeTestRoute = (deps: Deps, oracle: Oracle): RouteDefinition =>
  route<TestBody>({
    method: 'POST',
    url: '/api/v1/envelope/test',
    who: ['person', 'agent'],
    summary: 'Runs requests with expected verdicts against the active envelope or a draft; nothing is stored',
    body: object<TestBody>({ cases: casesShape, envelope: optional(envelopeShape) }),
    bodyLimit: 1_048_576,
    async handle({ principal: { organisation }, body }) {
      const trust = await deps.trust.bundle(organisation);
      if (trust === undefined) return refuse('no-trust', 'no trust bundle holds the floor');
      const subject = await subjectOf(deps, organisation, body.envelope);
      if (!subject.ok) return subject;
      const { envelope, digest } = subject.value;
      const results = runEnvelopeTests(
        { type: 'envelope-tests', cases: body.cases },
        { envelope, envelopeDigest: digest, floor: trust.bundle.floor, oracle },
      );
      const failed = results.filter(({ isPassed }) => !isPassed).length;
      return ok(
        json({ envelope: { version: envelope.version, digest }, passed: results.length - failed, failed, results }),
      );
    },
  });

async function subjectOf(
  deps: Deps,
  organisation: OrganisationId,
  draft: Envelope | undefined,
): Promise<Result<ReadEnvelope>> {
  if (draft === undefined) return deps.trust.envelope(organisation);
  if (draft.organisation !== organisation)
    return refuse('wrong-organisation', 'the envelope is of another organisation');
  return ok({ envelope: draft, digest: digestOfDocument(draft) });
}
