/** `node replay.main.ts < CASE`: decides again from what was recorded, in a process of its own with our evaluator alone, and prints the digest. */
import { text } from 'node:stream/consumers';
import { activate, replayDecision } from '@countersign/core';
import { canonicalBytes, digestOf } from '@countersign/seal';
import { readCase } from './recorded.parse.ts';

const { decision, envelope, floor, signers } = readCase(await text(process.stdin));
const { digest } = decision.envelope;
const signatures = signers.map(({ id, roles }) => ({ person: id, roles, digest }));
const active = activate({ envelope, digest, now: decision.decidedAt, signatures, authors: [] });
if (!active.ok) throw new Error(active.refusal.detail);
const again = replayDecision(decision, { envelope: { kind: 'active', active: active.value }, floor });
process.stdout.write(digestOf(canonicalBytes(again)));
