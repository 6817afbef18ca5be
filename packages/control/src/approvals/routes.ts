/** The approval desk: the page to sign and the signature. */
import { route, json, type RouteDefinition } from '../http/index.ts';
import { refuse } from '@countersign/core';
import { findProposal } from '../proposals/proposal-row.ts';
import type { Acting } from '../proposals/act-on-proposal.ts';
import { approvalBodyShape, receiveApproval, type ApprovalBody } from './receive-approval.ts';
import { signingPage } from './signing-page.ts';

export const approvalRoutes = (acting: Acting): readonly RouteDefinition[] => [
  route({
    method: 'GET',
    url: '/api/v1/proposals/:id/signing',
    summary: 'What a person needs to sign a proposal: the capsule, its decision and risk, who may sign',
    who: ['person'],
    async handle({ principal, params }) {
      const row = await findProposal(acting.deps.store, principal.organisation, params['id'] ?? '');
      if (row === undefined) return refuse('not-found', 'there is no such proposal');
      const page = await signingPage(acting.deps, row);
      return page.ok ? { ok: true, value: json(page.value) } : page;
    },
  }),
  route<ApprovalBody>({
    method: 'POST',
    url: '/api/v1/approvals',
    summary: 'The signature of one person over one capsule',
    who: ['person'],
    body: approvalBodyShape,
    handle: (exchange) => receiveApproval(acting, exchange),
  }),
];
