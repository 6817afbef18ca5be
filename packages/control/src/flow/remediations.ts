/**
 * The one way to move a remediation: under its row's lock, with what rules and what is known read in the same transaction, by legal
 * steps, as far as it goes. Called by requests right after they commit nothing, by reports, by the sweep and by the durable flow.
 */
import { randomBytes } from 'node:crypto';
import {
  isTerminal,
  PROPOSAL_STATES,
  refuse,
  type OrganisationId,
  type Proposal,
  type ProposalId,
  type Result,
} from '@countersign/core';
import type { Oracle } from '@countersign/core';
import { sql } from 'kysely';
import { watchBaseline } from '../agents-watch/restraints.ts';
import { assertStillRules, underAuthority, type Authority } from '../decisions/authority.ts';
import { loadKnowledge, type Knowledge } from '../decisions/load-knowledge.ts';
import type { Deps } from '../deps.ts';
import { lockProposal, type ProposalRow } from '../proposals/proposal-row.ts';
import { WITH_NEXT } from '../store/together.ts';
import type { Actor, Work } from '../store/transact.ts';
import { loadAttached, NOTHING_ATTACHED, type Attached } from './attached.ts';
import { Carrier, type Workshop } from './carrier.ts';
import type { FindOpen, Remediation, Standing } from './standing.ts';
import { advanceIn } from './steps.ts';
import { storedId } from '../store/stored.parse.ts';

export interface UnderLock {
  readonly carrier: Carrier;
  readonly attached: Attached;
}

const BASE32 = 'abcdefghijkmnpqrstuvwxyz23456789';
const newId = (prefix: string): string =>
  `${prefix}-${Array.from(randomBytes(12), (byte) => BASE32[byte & 31]).join('')}`;
const newNonce = (): string => randomBytes(16).toString('hex');

export class Remediations {
  readonly #deps: Deps;
  readonly #oracle: Oracle;

  constructor(deps: Deps, oracle: Oracle) {
    this.#deps = deps;
    this.#oracle = oracle;
  }

  /** Takes a remediation as far as it goes. What cannot be decided now stays as it is and is tried again. */
  async advance({ organisation, proposal }: Remediation): Promise<Standing> {
    const actor: Actor = { organisation, actor: 'control', now: this.#deps.clock() };
    const advanced = await this.under(actor, proposal, ({ attached }, step) =>
      Promise.resolve({ ok: true, value: step(attached) }),
    );
    if (advanced.ok) return advanced.value;
    return { state: 'UNKNOWN', isOver: advanced.refusal.code === 'not-found', waitMs: 5000 };
  }

  /**
   * Runs `act` under the lock, in one transaction. `step` takes the steps that are due after it; a refusal that is returned
   * keeps what was put on record and moves nothing that `act` did not move.
   */
  async under<T>(
    actor: Actor,
    proposal: string,
    act: (locked: UnderLock, step: (attached: Attached) => Standing) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const { transactor, trust } = this.#deps;
    return underAuthority(trust, actor.organisation, (authority) =>
      transactor.run(actor, (work) => this.inside(work, { authority, proposal }, act)),
    );
  }

  /** The same inside a transaction that the caller has opened under `authority`. */
  async inside<T>(
    work: Work,
    { authority, proposal }: { readonly authority: Authority; readonly proposal: string },
    act: (locked: UnderLock, step: (attached: Attached) => Standing) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const row = await lockProposal(work.db, work.context.organisation, proposal);
    if (row === undefined) return refuse('not-found', 'there is no such proposal');
    const knowledge = await this.knowledge(work, row.proposal);
    assertStillRules(authority, knowledge.heads);
    const attached = await loadAttached(work.db, row);
    const carrier = this.carrier(work, { row, isNew: false, authority, knowledge });
    const result = await act({ carrier, attached }, (now) => advanceIn(carrier, now));
    await carrier.flush();
    return result;
  }

  carrier(
    work: Work,
    about: {
      readonly row: ProposalRow;
      readonly isNew: boolean;
      readonly authority: Authority;
      readonly knowledge: Knowledge;
    },
  ): Carrier {
    return new Carrier({ work, ...about, workshop: this.#workshop(work.context.organisation) });
  }

  /** A proposal that was accepted and is not stored yet: decided, and taken as far as it goes, in the caller's transaction. */
  async begin(
    work: Work,
    row: ProposalRow,
    known: { readonly authority: Authority; readonly knowledge: Knowledge },
  ): Promise<ProposalRow> {
    const carrier = this.carrier(work, { row, isNew: true, ...known });
    carrier.leaf({ event: 'proposal.created', body: row.proposal });
    advanceIn(carrier, NOTHING_ATTACHED);
    await carrier.flush();
    return carrier.row;
  }

  /**
   * What is known, for a decision that follows in this transaction. Decisions of an organisation come one after the other: two
   * that could not see each other would both find room under a limit, or both open the same intent (D5, I14).
   */
  async knowledge(
    work: Work,
    { id, agent, change, signals }: Pick<Proposal, 'id' | 'agent' | 'change' | 'signals'>,
  ): Promise<Knowledge> {
    const { organisation, now } = work.context;
    // A statement of its own: the next one then sees what the one before us committed.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`decision ${organisation}`}, 706)) ${sql.raw(WITH_NEXT)}`.execute(
      work.db,
    );
    const { action } = change;
    const knowledge = await loadKnowledge(work.db, { organisation, proposal: id, agent, action, signals, now });
    return watchBaseline(work, knowledge, { agent, action });
  }

  newProposalId(): ProposalId {
    return storedId<'Proposal'>(newId('P'));
  }

  /** Unfinished remediations of our organisations that have not moved for a while, by name; the next page starts after `after`. */
  async findOpen({ olderThanMs, limit, after }: Parameters<FindOpen>[0]): Promise<readonly Remediation[]> {
    const { store, clock, config } = this.#deps;
    const before = new Date(Date.parse(clock()) - olderThanMs);
    if (config.organisations.size === 0) return [];
    const rows = await store
      .selectFrom('proposal')
      .select(['organisation', 'id'])
      .where('organisation', 'in', [...config.organisations.keys()])
      .where('state', 'not in', TERMINAL_STATES)
      .where('updated_at', '<=', before)
      .$if(after !== undefined, (select) =>
        select.where((where) =>
          where(
            where.refTuple('organisation', 'id'),
            '>',
            where.tuple(after?.organisation ?? '', after?.proposal ?? ''),
          ),
        ),
      )
      .orderBy('organisation')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(({ organisation, id }) => ({
      organisation: storedId<'Organisation'>(organisation),
      proposal: storedId<'Proposal'>(id),
    }));
  }

  #workshop(organisation: OrganisationId): Workshop {
    const config = this.#deps.config.organisations.get(organisation);
    if (config === undefined) throw new Error('this server holds no capsule signer of the organisation');
    return { oracle: this.#oracle, signer: config.capsuleSigner, newId, newNonce };
  }
}

/** Everything else ends by itself or by a message, what is prohibited and what is unknown included. */
const TERMINAL_STATES: readonly ProposalRow['state'][] = PROPOSAL_STATES.filter(isTerminal);
