/** `cs trust set FOLDER FILE`: floor, enrolment policy, tiers, agents and service keys of the next bundle, from one JSON file. */
import { readShape, trustBundleShape, type TrustBundle } from '@countersign/core';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';
import { readJson } from '../cli/read-document.ts';
import { bundleDraft, kept, saveBundle } from '../trust/draft-files.ts';
import { judged, type BundleDraft } from '../trust/next-bundle.ts';
import { openTrustFolder } from '../trust/trust-folder.ts';
import { showDraft } from './trust-show.ts';

/** People, versions and revocations have steps of their own. */
const SETTABLE = ['floor', 'enrolment', 'tiers', 'agents', 'keys'] as const;

export function readSettingsFile(file: string): Settings {
  const json = readJson(file);
  if (!isSettings(json))
    throw new Failure(EXIT.failed, { code: 'malformed', detail: `\`${file}\` must hold an object` });
  const foreign = Object.keys(json).filter((name) => !SETTABLE.some((one) => one === name));
  if (foreign.length === 0) return json;
  throw new Failure(EXIT.failed, {
    code: 'malformed',
    detail: `\`${file}\` is no settings of a trust bundle`,
    complaints: foreign.map((name) => ({ at: `/${name}`, problem: `cannot be set; only ${SETTABLE.join(', ')} can` })),
  });
}

type Settings = Readonly<Record<string, unknown>>;
const isSettings = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is named replaces what was there; of `keys` each kind by itself. */
export function withSettings(draft: BundleDraft, settings: Settings): BundleDraft {
  const { keys = {}, ...rest } = settings;
  if (!isSettings(keys))
    throw new Failure(EXIT.failed, {
      code: 'malformed',
      detail: 'the settings do not have their form',
      complaints: [{ at: '/keys', problem: 'must be an object' }],
    });
  const whole: unknown = { ...draft.bundle, ...rest, keys: { ...draft.bundle.keys, ...keys } };
  const bundle: TrustBundle = kept(readShape(trustBundleShape, whole));
  return kept(judged({ ...draft, bundle }, {}));
}

export async function trustSet(
  context: Context,
  [path, file]: readonly [string, string],
  { days }: { readonly days: number },
): Promise<ExitCode> {
  const folder = openTrustFolder(path);
  const draft = bundleDraft(folder, context.world.now(), days);
  saveBundle(folder, withSettings(draft, readSettingsFile(file)).bundle);
  return showDraft(context, path, 'targets');
}
