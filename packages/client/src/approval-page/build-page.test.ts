import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Failure } from '../cli/failure.ts';
import { buildApprovalPage, controlOrigin, pageOf } from './build-page.ts';

const CONTROL = 'http://localhost:4600';
const page = buildApprovalPage(CONTROL);
const between = (open: string, close: string): string => page.split(open)[1]?.split(close)[0] ?? '';
const policy = between('Content-Security-Policy" content="', '"');
const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

test('A2: the same sources and address make the same bytes, so the hash can be pinned', () => {
  expect(buildApprovalPage(CONTROL)).toBe(page);
  expect(buildApprovalPage('https://control.example')).not.toBe(page);
});

test('A2: everything is inside: no file, picture, font or program comes from elsewhere', () => {
  expect(page.match(/<script/g)).toHaveLength(1);
  expect(page).not.toMatch(/<(?:link|img|iframe|object|embed|base|form|a)\b/);
  expect(page).not.toMatch(/<script[^>]+src|url\(|@import/);
  expect(page.length).toBeLessThan(400_000);
});

test('A2: the policy names the program and the style by hash, one address to ask, and nothing else', () => {
  expect(policy.split('; ')).toEqual([
    "default-src 'none'",
    `script-src ${hashOf(between('<script>', '</script>'))}`,
    `style-src ${hashOf(between('<style>', '</style>'))}`,
    `connect-src ${CONTROL}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]);
  expect(page).toContain(`<meta name="countersign-control" content="${CONTROL}">`);
  expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style>'));
});

test('A2: the program sets no markup: what it is given can only become text', () => {
  const program = between('<script>', '</script>');
  expect(program).toContain('replaceChildren');
  expect(program).not.toMatch(
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|importScripts/,
  );
});

test.each([
  'http://control.example',
  'https://control.example/',
  'https://control.example/path',
  'https://user@control.example',
  'https://control.example; script-src *',
  'https://control.example" onload="',
  "https://control.example 'unsafe-inline'",
  'javascript:alert(1)',
  'https://*',
  'https://CONTROL.example',
  'ftp://control.example',
  'null',
  '*',
  '',
])('an address that could widen the policy is refused: %j', (control) => {
  expect(() => controlOrigin(control)).toThrow(Failure);
});

test.each([
  { program: 'x = "</script>"', style: '' },
  { program: 'x = "</SCRIPT "', style: '' },
  { program: 'x = "<!--"', style: '' },
  { program: '', style: 'a{} </style>' },
])('a program that would end its own element is not built: %j', (parts) => {
  expect(() => pageOf(CONTROL, parts)).toThrow(Failure);
});
