/** The same with 1,000 random edits of the database (V3, T10). */
process.env['TAMPER_TIMES'] = '1000';
await import('./audit.test.ts');
