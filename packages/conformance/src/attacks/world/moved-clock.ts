/** Loaded before a program whose clock somebody sets: what it takes for the wall clock is off by what a file says. */
import { readFileSync } from 'node:fs';

const file = process.env['MOVED_CLOCK_FILE'] ?? '';
const wallClock = Date.now;
Date.now = (): number => wallClock() + Number(readFileSync(file, 'utf8'));
