/** What was seen of each target and dependant, for the evidence: kept in memory while running, in the journal for a restart. */
import type { Digest } from '@countersign/core';
import type { Entry, NoteTopic } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';

export class FindingsBook {
  readonly #capsule: Digest;
  readonly #notes: Map<string, string> = new Map();

  constructor(capsule: Digest, journal: Journal) {
    this.#capsule = capsule;
    for (const { subject, topic, body } of journal.notes(capsule)) this.#notes.set(`${topic} ${subject}`, body);
  }

  /** The entry that must be written with the event it belongs to. */
  note(subject: string, topic: NoteTopic, body: string): Entry {
    this.#notes.set(`${topic} ${subject}`, body);
    return { kind: 'note', capsule: this.#capsule, subject, topic, body };
  }

  get(subject: string, topic: NoteTopic): string | undefined {
    return this.#notes.get(`${topic} ${subject}`);
  }

  /** Subjects of a topic with their text, sorted. */
  of(topic: NoteTopic): readonly { readonly subject: string; readonly state: string }[] {
    const prefix = `${topic} `;
    const found = [...this.#notes].filter(([key]) => key.startsWith(prefix));
    return found
      .map(([key, state]) => ({ subject: key.slice(prefix.length), state }))
      .toSorted((a, b) => (a.subject < b.subject ? -1 : 1));
  }
}
