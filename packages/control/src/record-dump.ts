/**
 * The database of one organisation as files for an auditor: `node boot.cjs packages/control/src/record-dump.ts ORGANISATION FOLDER`, with
 * `DATABASE_URL`. They are verified elsewhere, with `cs record verify FOLDER`.
 */
import { parseId } from '@countersign/core';
import { writeDump } from './record/dump.ts';
import { openProductStore } from './store/open-store.ts';

const [name = '', folder = ''] = process.argv.slice(2);
const organisation = parseId<'Organisation'>(name);
const url = process.env['DATABASE_URL'];
if (organisation === undefined || folder === '' || url === undefined) {
  process.stderr.write('give an organisation and a folder, and the database in DATABASE_URL\n');
  process.exit(2);
}
const store = openProductStore(url, [organisation], 1);
const rows = await writeDump(store, organisation, folder);
await store.destroy();
process.stdout.write(`${rows} rows in ${folder}\n`);
