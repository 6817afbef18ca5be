/** What feature folders use of the HTTP surface. */
export { json, plainText, type Answer } from './answer.ts';
export {
  decodeCursor,
  decodeTimeCursor,
  limitOf,
  pageFields,
  pageOf,
  pageQuery,
  type PageQuery,
} from './cursor.parse.ts';
export { anyJson, wholeText, wordText } from './input.parse.ts';
export { actorOf, PRINCIPAL_KINDS, type Principal } from './principal.ts';
export { Refused, shownText } from './problem.ts';
export { openRoute, route, type Exchange, type OwnExchange, type RouteDefinition } from './route.ts';
