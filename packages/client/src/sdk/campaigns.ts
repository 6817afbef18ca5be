/** Campaigns: one manifest over many capsules, signed once (C4). */
import { list, type Shape } from '@countersign/core';
import { part, type Http, type Writing } from './http.ts';
import { anyNumber, anyText, anything, view } from './view-shape.ts';
import { many, signedDocument, type Seat, type SignedDocument } from './views.ts';

export interface CampaignSummary {
  readonly id: string;
  readonly digest: string;
  readonly state: string;
  readonly reason: string;
  readonly title: string;
}
export interface CampaignMemberView {
  readonly capsule: string;
  readonly stage: number;
  readonly proposal: string;
  readonly enclave: string;
  readonly state: string;
}
/** The signed documents in it are read again by whoever shows or signs them. */
export interface CampaignView extends CampaignSummary {
  readonly manifest: SignedDocument;
  readonly capsules: readonly SignedDocument[];
  readonly members: readonly CampaignMemberView[];
  readonly approvals: readonly { readonly person: string; readonly role: string; readonly approval: SignedDocument }[];
  readonly receipts: readonly {
    readonly capsule: string;
    readonly outcome: string;
    readonly receipt: SignedDocument;
  }[];
  readonly eligible: readonly Seat[];
}
export interface CampaignCalls {
  readonly campaigns: () => Promise<{ readonly items: readonly CampaignSummary[] }>;
  readonly campaign: (id: string) => Promise<CampaignView>;
  readonly makeCampaign: (
    draft: unknown,
    writing?: Writing,
  ) => Promise<{ readonly id: string; readonly digest: string }>;
  readonly approveCampaign: (id: string, approval: SignedDocument, writing?: Writing) => Promise<unknown>;
  readonly holdCampaign: (id: string, reason: string, writing?: Writing) => Promise<unknown>;
}

const summary = {
  id: anyText,
  digest: anyText,
  state: anyText,
  reason: anyText,
  title: anyText,
};
const summaryShape: Shape<CampaignSummary> = view<CampaignSummary>(summary);
const MOST = 5000;

export const campaignViewShape: Shape<CampaignView> = view<CampaignView>({
  ...summary,
  manifest: signedDocument,
  capsules: list(signedDocument, { max: MOST }),
  members: list(
    view<CampaignMemberView>({
      capsule: anyText,
      stage: anyNumber,
      proposal: anyText,
      enclave: anyText,
      state: anyText,
    }),
    { max: MOST },
  ),
  approvals: many(
    view<CampaignView['approvals'][number]>({ person: anyText, role: anyText, approval: signedDocument }),
  ),
  receipts: list(
    view<CampaignView['receipts'][number]>({ capsule: anyText, outcome: anyText, receipt: signedDocument }),
    {
      max: MOST,
    },
  ),
  eligible: many(view<Seat>({ person: anyText, role: anyText })),
});
const made = view<{ readonly id: string; readonly digest: string }>({ id: anyText, digest: anyText });

export const campaignCalls = (http: Http): CampaignCalls => ({
  campaigns: () =>
    http.get(view<{ readonly items: readonly CampaignSummary[] }>({ items: many(summaryShape) }), '/campaigns'),
  campaign: (id) => http.get(campaignViewShape, `/campaigns/${part(id)}`),
  makeCampaign: (draft, writing) => http.post(made, '/campaigns', draft, writing),
  approveCampaign: (id, approval, writing) =>
    http.post(anything, `/campaigns/${part(id)}/approvals`, { approval }, writing),
  holdCampaign: (id, reason, writing) => http.post(anything, `/campaigns/${part(id)}/hold`, { reason }, writing),
});
