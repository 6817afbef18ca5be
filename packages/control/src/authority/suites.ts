/** Stored envelope tests (E5): requests with the verdict people expect, which every later version has to pass. */
import {
  envelopeTestSuiteShape,
  id,
  object,
  ok,
  readShape,
  refuse,
  type EnvelopeTestCase,
  type EnvelopeTestSuite,
  type Result,
  type Shape,
} from '@countersign/core';
import { digestOfDocument } from '@countersign/seal';
import { sql, type Kysely } from 'kysely';
import type { Deps } from '../deps.ts';
import { json, type Answer, type OwnExchange } from '../http/index.ts';
import type { Schema } from '../store/schema.ts';
import { demandRole } from './roles.ts';

const MAX_SUITES = 50;
/** Of all suites together: they run inside the activation. */
const MAX_CASES = 2000;

export interface SuiteBody {
  readonly name: string;
  readonly suite: EnvelopeTestSuite;
}
export const suiteBodyShape: Shape<SuiteBody> = object<SuiteBody>({ name: id(), suite: envelopeTestSuiteShape });

/** Every case of every suite, in the order of their names. */
export async function testsOf(db: Kysely<Schema>, organisation: string): Promise<readonly EnvelopeTestCase[]> {
  const rows = await db
    .selectFrom('envelope_suite')
    .select(['name', 'document'])
    .where('organisation', '=', organisation)
    .orderBy('name')
    .execute();
  return rows.flatMap(({ name, document }) => {
    const suite = readShape(envelopeTestSuiteShape, document);
    // A test that can no longer be read is a gate that nobody passes: it must not fall away unseen.
    if (!suite.ok) throw new Error(`the stored envelope tests \`${name}\` do not have their form`);
    return suite.value.cases;
  });
}

/** Only a policy administrator stores tests: a weaker suite under the same name takes away a gate. */
export async function storeSuite(deps: Deps, exchange: OwnExchange<SuiteBody, undefined>): Promise<Result<Answer>> {
  const admin = await demandRole(deps, exchange.principal, {
    role: 'policy-admin',
    what: 'store envelope tests',
    clause: 'E5',
  });
  if (!admin.ok) return admin;
  const { organisation } = exchange.principal;
  const { name, suite } = exchange.body;
  const digest = digestOfDocument(suite);
  return exchange.commit(async ({ db, context, leaf }) => {
    const others = (
      await sql<{ suites: number; cases: number }>`select count(*)::int as suites,
          coalesce(sum(jsonb_array_length(document->'cases')), 0)::int as cases
        from envelope_suite where organisation = ${organisation} and name <> ${name}`.execute(db)
    ).rows[0];
    if ((others?.suites ?? 0) >= MAX_SUITES || (others?.cases ?? 0) + suite.cases.length > MAX_CASES)
      return refuse('too-large', `at most ${MAX_SUITES} suites with ${MAX_CASES} cases together are stored`);
    const values = {
      document: JSON.stringify(suite),
      digest,
      stored_by: exchange.principal.id,
      stored_at: context.now,
    };
    await db
      .insertInto('envelope_suite')
      .values({ organisation, name, ...values })
      .onConflict((conflict) => conflict.columns(['organisation', 'name']).doUpdateSet(values))
      .execute();
    leaf({
      event: 'envelope.tests-stored',
      subject: `envelope-tests:${name}`,
      correlation: '',
      body: { name, digest, cases: suite.cases.length },
    });
    return ok(json({ name, digest, cases: suite.cases.length }));
  });
}
