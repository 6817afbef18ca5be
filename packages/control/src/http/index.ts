/** What feature folders use of the HTTP surface. */
export { json, plainText, type Answer } from './answer.ts';
export {
  decodeCursor,
  decodeTimeCursor,
  encodeCursor,
  limitOf,
  pageFields,
  pageOf,
  pageQuery,
  type Page,
  type PageQuery,
} from './cursor.parse.ts';
export { anyJson, wholeText, wordText } from './input.parse.ts';
export { actorOf, PRINCIPAL_KINDS, type Principal, type PrincipalKind } from './principal.ts';
export { problemOf, Refused, shownText, type Problem } from './problem.ts';
export { openRoute, route, type Exchange, type OwnExchange, type RouteDefinition } from './route.ts';
