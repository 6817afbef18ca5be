// `npm run verifier -- FILE`: writes the offline verifier as one page and prints its digest.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { buildPage } from './build-page.ts';

const [file, ...more] = process.argv.slice(2);
if (file === undefined || more.length > 0) {
  process.stderr.write('usage: npm run verifier -- FILE\n');
  process.exit(2);
}
const page = Buffer.from(buildPage());
writeFileSync(file, page);
process.stdout.write(`${createHash('sha256').update(page).digest('hex')}  ${file}  ${page.length} bytes\n`);
