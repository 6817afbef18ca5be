import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agentShape, credentialShape, personShape } from '../people/person.ts';
import { trustBundleShape } from '../people/trust-bundle.ts';
import { approvalShape, resumeShape } from '../approval/approval.ts';
import { campaignApprovalShape } from '../approval/campaign-approval.ts';
import { capsuleShape } from '../capsule/capsule.ts';
import { receiptShape } from '../evidence/receipt.ts';
import { evidenceStatementShape, validationReportShape } from '../evidence/evidence.ts';
import { changeShape, rollbackPlanShape, validationPlanShape } from '../proposal/change.ts';
import { proposalDraftShape } from '../proposal/proposal.ts';
import { stepShape } from '../proposal/step.ts';
import { leafShape } from './leaf.ts';
import { statusShape } from './status.ts';
import { accepts, near, valuesOf } from '../shared/shape.builder.ts';
import { readShape, type Shape } from '../shared/shape.ts';

const SHAPES: readonly (readonly [string, Shape<unknown>])[] = [
  ['a step', stepShape],
  ['a change', changeShape],
  ['a way back', rollbackPlanShape],
  ['a person', personShape],
  ['a credential', credentialShape],
  ['an agent', agentShape],
  ['a leaf', leafShape],
  ['a status', statusShape],
  ['an approval', approvalShape],
  ['a resume', resumeShape],
  ['an evidence statement', evidenceStatementShape],
  ['a validation report', validationReportShape],
  ['an approval of a campaign', campaignApprovalShape],
  ['a receipt', receiptShape],
];

test.each(SHAPES)('C2, E6: the schema of %s lets through exactly what the reader reads', (_, shape) => {
  fc.assert(
    fc.property(near(shape), (value) => {
      expect([readShape(shape, value).ok, value]).toEqual([accepts(shape.schema, value), value]);
    }),
    { numRuns: 60 },
  );
});

const RULED: readonly (readonly [string, Shape<unknown>])[] = [
  ['a validation plan', validationPlanShape],
  ['a proposal draft', proposalDraftShape],
  ['a capsule', capsuleShape],
  ['a trust bundle', trustBundleShape],
];

test.each(RULED)(
  'C2: the schema of %s, which has rules beside it, lets through all that the reader reads',
  (_, shape) => {
    fc.assert(
      fc.property(near(shape), (value) => {
        expect(readShape(shape, value).ok && !accepts(shape.schema, value)).toBe(false);
      }),
      { numRuns: 15 },
    );
  },
);

test.each([...SHAPES, ...RULED])(
  'what is read of %s is equal to what came in, and reading it again changes nothing',
  (_, shape) => {
    fc.assert(
      fc.property(valuesOf(shape.schema), (value) => {
        const read = readShape(shape, value);
        if (!read.ok) return;
        expect(read.value).toEqual(value);
        expect(readShape(shape, read.value)).toEqual(read);
      }),
      { numRuns: 15 },
    );
  },
);

test('a schema is plain JSON: what is published is what is checked', () => {
  for (const [, shape] of [...SHAPES, ...RULED]) expect(JSON.parse(JSON.stringify(shape.schema))).toEqual(shape.schema);
});

test('no reader throws, whatever JSON it is given', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const [, shape] of [...SHAPES, ...RULED]) expect(readShape(shape, value).ok).toBe(false);
    }),
    { numRuns: 100 },
  );
});
