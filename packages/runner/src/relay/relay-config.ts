/** `relay.json`: stands beside one signal source and vouches for what that source said (D8, X1). */
import {
  id,
  object,
  oneOf,
  optional,
  SIGNAL_FORMATS,
  type Result,
  type Shape,
  type SignalFormat,
  type SourceId,
} from '@countersign/core';
import { httpUrl, loadConfig, path } from '../preflight/configuration.ts';

export interface RelayConfig {
  readonly source: SourceId;
  readonly format: SignalFormat;
  /** PEM of the relay's key, named in the trust bundle for this source. */
  readonly keyFile: string;
  readonly url: string;
  readonly tokenFile: string;
  /** Watched for documents; absent: one document from standard input or the second argument. */
  readonly folder?: string;
}

export const relayConfigShape: Shape<RelayConfig> = object<RelayConfig>({
  source: id(),
  format: oneOf(...SIGNAL_FORMATS),
  keyFile: path,
  url: httpUrl,
  tokenFile: path,
  folder: optional(path),
});

export function loadRelayConfig(file: string): Result<RelayConfig> {
  const loaded = loadConfig(file, relayConfigShape);
  if (!loaded.ok) return loaded;
  const { config, at } = loaded.value;
  const { keyFile, tokenFile, folder } = config;
  const paths = { keyFile: at(keyFile), tokenFile: at(tokenFile), ...(folder !== undefined && { folder: at(folder) }) };
  return { ok: true, value: Object.freeze({ ...config, ...paths }) };
}
