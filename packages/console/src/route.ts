/** The address is the only selection: what is shown is what it names. */
export type Route =
  | { readonly page: 'queue' }
  | { readonly page: 'sign'; readonly proposal: string }
  | { readonly page: 'unknown' };

const SIGN = /^\/sign\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})\/?$/;

export function routeOf(path: string): Route {
  if (path === '/' || path === '/queue') return { page: 'queue' };
  const [, proposal] = SIGN.exec(path) ?? [];
  return proposal === undefined ? { page: 'unknown' } : { page: 'sign', proposal };
}
