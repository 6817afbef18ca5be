/** Campaigns over HTTP (C4): made from proposals that wait, signed once, held by a person or by a bad receipt. */
import type { Deps } from '../deps.ts';
import { json, route, type RouteDefinition } from '../http/index.ts';
import type { CampaignDraft } from './build-campaign.ts';
import { holdByPerson, holdShape, type Hold } from './hold-campaign.ts';
import { campaignDraftShape, makeCampaign } from './make-campaign.ts';
import {
  campaignApprovalBodyShape,
  receiveCampaignApproval,
  type CampaignApprovalBody,
} from './receive-campaign-approval.ts';
import { listCampaigns, showCampaign } from './show-campaign.ts';

/** Five thousand ids of proposals. */
const MAX_DRAFT_BYTES = 524_288;

export const campaignRoutes = (deps: Deps): readonly RouteDefinition[] => [
  route<CampaignDraft>({
    method: 'POST',
    url: '/api/v1/campaigns',
    summary: 'Makes one manifest over proposals that wait for people, in stages',
    who: ['person'],
    body: campaignDraftShape,
    bodyLimit: MAX_DRAFT_BYTES,
    handle: (exchange) => makeCampaign(deps, exchange),
  }),
  route({
    method: 'GET',
    url: '/api/v1/campaigns',
    summary: 'Campaigns, newest first',
    who: ['person'],
    async handle({ principal }) {
      return { ok: true, value: json({ items: await listCampaigns(deps, principal.organisation) }) };
    },
  }),
  route({
    method: 'GET',
    url: '/api/v1/campaigns/:id',
    summary: 'A campaign with its capsules, signatures and receipts, and who may sign it',
    who: ['person'],
    async handle({ principal, params }) {
      const shown = await showCampaign(deps, principal.organisation, params['id'] ?? '');
      return shown.ok ? { ok: true, value: json(shown.value) } : shown;
    },
  }),
  route<CampaignApprovalBody>({
    method: 'POST',
    url: '/api/v1/campaigns/:id/approvals',
    summary: 'The signature of one person over one campaign',
    who: ['person'],
    body: campaignApprovalBodyShape,
    handle: (exchange) => receiveCampaignApproval(deps, exchange),
  }),
  route<Hold>({
    method: 'POST',
    url: '/api/v1/campaigns/:id/hold',
    summary: 'Holds a campaign: no further stage is sent',
    who: ['person'],
    body: holdShape,
    handle: (exchange) => holdByPerson(deps, exchange),
  }),
];
