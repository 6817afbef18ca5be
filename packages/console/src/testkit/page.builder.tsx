/** Renders a part of the page as the browser's first paint shows it, without a browser. */
import type { SigningData } from '@countersign/client';
import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { openSigning } from '../capsule/open-capsule.ts';
import type { Review } from '../sign/standing.ts';
import { signingOf } from './signing.builder.ts';

export const markup = (node: ReactNode): string => renderToStaticMarkup(node);

/** The words a person reads: elements away, entities back. */
export const words = (node: ReactNode): string =>
  markup(node)
    .replaceAll(/<(?:br|\/p|\/li|\/h\d|\/dt|\/dd|\/label|\/button|\/option|\/legend)[^>]*>/g, '\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/\n+/g, '\n')
    .trim();

export async function reviewOf(change: Partial<SigningData> = {}, more: Partial<Review> = {}): Promise<Review> {
  const data = { ...(await signingOf()), ...change };
  const result = await openSigning(data, 'P-1');
  if (!result.isMatch) throw new Error(result.problems.join());
  return { data, opened: result.opened, people: [], ...more };
}
