/** The PIN from where the locator says it is. It is never an argument of a program, and never part of a message. */
import { resolve } from 'node:path';
import { ok, type Result } from '@countersign/core';
import { escapeHostile } from '@countersign/seal';
import { no } from '../codes.ts';
import type { PinPlace } from '../locator.ts';
import { readPrivateFile } from '../private-file.ts';

const MAX_PIN = 256;

export interface PinSource {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export function readPin(place: PinPlace, { folder, environment }: PinSource): Result<string> {
  if (place.in === 'environment') {
    const pin = environment[place.name] ?? '';
    return judged(pin, `the variable \`${place.name}\``);
  }
  const text = readPrivateFile(resolve(folder, place.path));
  if (!text.ok) return text.refusal.code === 'key-exposed' ? text : no('pin-missing', text.refusal.detail);
  // Editors end a file with a line end; it is not part of the PIN.
  return judged(text.value.replace(/\r?\n$/, ''), `the file \`${escapeHostile(place.path, 400)}\``);
}

function judged(pin: string, where: string): Result<string> {
  if (pin === '') return no('pin-missing', `there is no PIN in ${where}`);
  return pin.length > MAX_PIN || /[\0\r\n]/.test(pin)
    ? no('pin-missing', `what stands in ${where} is no PIN of one line`)
    : ok(pin);
}
