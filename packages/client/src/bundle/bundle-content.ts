/** Parts of a bundle that people want to read. Only for bytes that `verifyBundle` has accepted: nothing is checked again here. */
import { list, optional, readShape, type Shape } from '@countersign/core';
import { decodeBase64, readStrictJson } from '@countersign/seal';
import { anyText, view } from '../sdk/view-shape.ts';

export interface BundleContent {
  /** What the agent said it had before it; absent when the body of the proposal is not in the file. */
  readonly agent?: {
    readonly agent: string;
    readonly model: string;
    readonly prompt: string;
    readonly toolCalls: number;
    readonly signals: readonly string[];
    readonly action: string;
    readonly summary: string;
  };
  readonly withheld: {
    /** Evidence fields of which only the hash is here. */
    readonly fields: number;
    readonly allFields: number;
    /** Entries of the record whose body is not in the file. */
    readonly bodies: number;
  };
}

interface BundleFileView {
  readonly bundle: {
    readonly leaves: readonly { readonly leaf: string; readonly body?: string }[];
    readonly evidence: readonly { readonly fields: readonly Field[] }[];
  };
}
/** A hash, or salt, pointer and value. */
type Field = string | object;

const MANY = 100_000;
const MAX_BYTES = 134_217_728;
const field: Shape<Field> = {
  schema: {},
  read: (value) => (typeof value === 'string' || (typeof value === 'object' && value !== null) ? value : undefined),
};
const fileView = view<BundleFileView>({
  bundle: view<BundleFileView['bundle']>({
    leaves: list(view<BundleFileView['bundle']['leaves'][number]>({ leaf: anyText, body: optional(anyText) }), {
      max: MANY,
    }),
    evidence: list(view<{ readonly fields: readonly Field[] }>({ fields: list(field, { max: MANY }) }), { max: MANY }),
  }),
});

interface SeenProposal {
  readonly agent: string;
  readonly signals: readonly string[];
  readonly change: { readonly action: string; readonly summary: string };
  readonly context: { readonly model: string; readonly prompt: string; readonly toolCalls: readonly CallView[] };
}
interface CallView {
  readonly tool: string;
}
const proposalView = view<SeenProposal>({
  agent: anyText,
  signals: list(anyText, { max: MANY }),
  change: view<SeenProposal['change']>({ action: anyText, summary: anyText }),
  context: view<SeenProposal['context']>({
    model: anyText,
    prompt: anyText,
    toolCalls: list(view<CallView>({ tool: anyText }), { max: MANY }),
  }),
});
const leafView = view<{ readonly event: string }>({ event: anyText });

export function readBundleContent(bytes: Uint8Array): BundleContent {
  const json = readStrictJson(bytes, { maxBytes: MAX_BYTES });
  const file = json.ok ? readShape(fileView, json.value) : json;
  if (!file.ok) return { withheld: { fields: 0, allFields: 0, bodies: 0 } };
  const { leaves, evidence } = file.value.bundle;
  const fields = evidence.flatMap((one) => one.fields);
  const withheld = {
    fields: fields.filter((one) => typeof one === 'string').length,
    allFields: fields.length,
    bodies: leaves.filter(({ body }) => body === undefined).length,
  };
  const agent = agentIn(leaves);
  return { ...(agent !== undefined && { agent }), withheld };
}

function agentIn(leaves: BundleFileView['bundle']['leaves']): BundleContent['agent'] {
  const created = leaves.find(({ leaf }) => {
    const read = readShape(leafView, documentIn(leaf));
    return read.ok && read.value.event === 'proposal.created';
  });
  const proposal = readShape(proposalView, documentIn(created?.body ?? ''));
  if (!proposal.ok) return undefined;
  const { agent, signals, change, context } = proposal.value;
  const { model, prompt, toolCalls } = context;
  return { agent, model, prompt, toolCalls: toolCalls.length, signals, action: change.action, summary: change.summary };
}

function documentIn(encoded: string): unknown {
  const json = readStrictJson(decodeBase64(encoded) ?? new Uint8Array(), { maxBytes: MAX_BYTES });
  return json.ok ? json.value : undefined;
}
