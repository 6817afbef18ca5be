#!/usr/bin/env node
'use strict';
// Runs the CLI under the Node that the lockfile pins; works from any folder.
process.argv.splice(2, 0, 'packages/client/src/cli.ts');
require('../../../boot.cjs');
