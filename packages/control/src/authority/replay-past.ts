/**
 * Past decisions under a draft (E4): which would newly run alone, and of those how many people had rejected. From the facts as they were
 * recorded; what a draft changes about the making of facts is named, because it cannot be replayed.
 */
import {
  factsShape,
  judge,
  openCalendars,
  readShape,
  type CompiledEnvelope,
  type Decision,
  type Envelope,
  type Facts,
  type TrustBundle,
  type Digest,
} from '@countersign/core';
import { sql, type Kysely } from 'kysely';
import type { Schema } from '../store/schema.ts';
import { storedDecision } from '../store/stored.parse.ts';
import { ownOracle } from '../trust/own-oracle.ts';

interface PastExample {
  readonly proposal: string;
  readonly title: string;
  readonly was: string;
  readonly now: string;
  /** What a person said who rejected it; absent: nobody did. */
  readonly rejected?: string;
}

export interface Replay {
  /** Decisions looked at, the last of each proposal, newest first. */
  readonly looked: number;
  readonly newlyAlone: number;
  /** Of those, how many people had rejected. */
  readonly newlyAloneRejected: number;
  /** Would have run alone, and would not any more. */
  readonly noLongerAlone: number;
  readonly newlyProhibited: number;
  /** Recorded before the facts had their present form. */
  readonly unreadable: number;
  readonly examples: readonly PastExample[];
  /** Fields in which the draft differs and that make facts: their effect on the past is not shown. */
  readonly notReplayed: readonly string[];
}

const MAX_DECISIONS = 500;
const MAX_EXAMPLES = 10;
const MAKE_FACTS = ['severities', 'confidence', 'correlation', 'maxGraphAgeMinutes', 'staging', 'contraction'] as const;

interface Row {
  readonly proposal: string;
  readonly title: string;
  readonly document: unknown;
  readonly rejected: string | null;
}

const pastDecisions = async (db: Kysely<Schema>, organisation: string): Promise<readonly Row[]> =>
  (
    await sql<Row>`select d.proposal, p.document->>'title' as title, d.document,
        case when p.state = 'REJECTED' then p.reason end as rejected
      from (select distinct on (proposal) proposal, document, made_at from decision
            where organisation = ${organisation} order by proposal, made_at desc) as d
      join proposal p on p.organisation = ${organisation} and p.id = d.proposal
      order by d.made_at desc limit ${MAX_DECISIONS}`.execute(db)
  ).rows;

export interface Replaying {
  readonly draft: CompiledEnvelope;
  readonly draftDigest: Digest;
  /** What is in force; absent: nothing is. */
  readonly active: Envelope | undefined;
  readonly floor: TrustBundle['floor'];
}

const isNew = ({ was, now }: PastExample): boolean => now === 'autonomous' && was !== 'autonomous';

export async function replayPast(db: Kysely<Schema>, organisation: string, about: Replaying): Promise<Replay> {
  const rows = await pastDecisions(db, organisation);
  const replayed = rows.flatMap((row) => again(row, about));
  const alone = replayed.filter(isNew);
  const noLonger = replayed.filter(({ was, now }) => was === 'autonomous' && now !== 'autonomous');
  const { envelope } = about.draft;
  const { active } = about;
  return {
    looked: rows.length,
    newlyAlone: alone.length,
    newlyAloneRejected: alone.filter(({ rejected }) => rejected !== undefined).length,
    noLongerAlone: noLonger.length,
    newlyProhibited: replayed.filter(({ was, now }) => now === 'prohibited' && was !== 'prohibited').length,
    unreadable: rows.length - replayed.length,
    // What people had rejected comes first: that is what nobody wants to see run alone.
    examples: alone
      .toSorted((a, b) => Number(b.rejected !== undefined) - Number(a.rejected !== undefined))
      .slice(0, MAX_EXAMPLES),
    notReplayed:
      active === undefined
        ? []
        : MAKE_FACTS.filter((field) => JSON.stringify(active[field]) !== JSON.stringify(envelope[field])),
  };
}

function again(
  { proposal, title, document, rejected }: Row,
  { draft, draftDigest, active, floor }: Replaying,
): readonly PastExample[] {
  const decision = storedDecision(document);
  const facts = readShape(factsShape, decision.facts);
  if (!facts.ok || decision.missing.length > 0) return facts.ok ? [same(proposal, title, decision)] : [];
  const { verdict } = judge({
    compiled: draft,
    envelopeDigest: draftDigest,
    facts: underDraft(facts.value, draft.envelope, active),
    floor,
    stage: decision.stage,
    oracle: ownOracle(draft),
  });
  return [{ proposal, title, was: decision.verdict, now: verdict, ...(rejected !== null && { rejected }) }];
}

/** Without its facts no version decides otherwise. */
const same = (proposal: string, title: string, { verdict }: Decision): PastExample => ({
  proposal,
  title,
  was: verdict,
  now: verdict,
});

/** The past has to fall into the draft's validity, or nothing would ever be permitted; calendars are asked about the time it was. */
function underDraft(facts: Facts, draft: Envelope, active: Envelope | undefined): Facts {
  const wasListed = active === undefined || active.agents.includes(facts.agent);
  return {
    ...facts,
    now: draft.validFrom,
    openCalendars: openCalendars(draft.calendars, facts.now),
    isAgentListed: draft.agents.includes(facts.agent) && (facts.isAgentListed || !wasListed),
  };
}
