/** Our evaluator and real Cedar on the same random requests: decision and rules, or the first request on which they differ. */
import { answerOf, compileEnvelope, type CompiledEnvelope } from '@countersign/core';
import { randomFrom } from '../bench/measure/random.ts';
import { largeEnvelopeJson, readEnvelope } from './large-envelope.ts';
import { randomRequest } from './random-request.ts';
import { realCedar, type Asked, type RealAnswer } from './real-cedar.ts';

export interface Agreement {
  readonly requests: number;
  readonly allowed: number;
  readonly forbidden: number;
  readonly silent: number;
  readonly disagreements: readonly Asked[];
}

export interface AgreementOptions {
  readonly seed: number;
  readonly requests: number;
  /** A new envelope after so many requests. */
  readonly perEnvelope: number;
}

const SMALL = { grants: 3, restrictions: 3, prohibitions: 2, routes: 2 };

export function agreement({ seed, requests, perEnvelope }: AgreementOptions): Agreement {
  const random = randomFrom(seed);
  const counts = { allowed: 0, forbidden: 0, silent: 0 };
  const disagreements: Asked[] = [];
  let compiled: CompiledEnvelope | undefined;
  let judge: ((asked: Asked) => RealAnswer) | undefined;
  for (let request = 0; request < requests; request += 1) {
    if (compiled === undefined || judge === undefined || request % perEnvelope === 0) {
      compiled = compileEnvelope(readEnvelope(largeEnvelopeJson(SMALL, seed * 1000 + request / perEnvelope)));
      judge = realCedar(compiled.rules, { slot: 'agreement' });
    }
    const asked = randomRequest(random, compiled.rules);
    const own = answerOf(compiled, asked);
    const real = judge(asked);
    if (own.isAllowed !== real.isAllowed || own.determining.join('\n') !== real.determining.join('\n'))
      disagreements.push(asked);
    counts[own.isAllowed ? 'allowed' : own.forbids.length > 0 ? 'forbidden' : 'silent'] += 1;
  }
  return { requests, ...counts, disagreements };
}
