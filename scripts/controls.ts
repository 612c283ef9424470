/**
 * `npm run controls [number …]`: for each promise of `docs/promises.md`, breaks the line that keeps it in a copy of the checkout and sees the named test go red. Ends with 1 when a test
 * stays green, or was red before. Takes some minutes.
 */
import path from 'node:path';
import { controls } from './controls/controls.ts';
import { copyCheckout } from './controls/broken-copy.ts';

const wanted = process.argv.slice(2).map(Number);
const chosen = controls.filter((control) => wanted.length === 0 || wanted.includes(control.promise));
const copy = copyCheckout(path.dirname(import.meta.dirname));
let unheld = 0;
try {
  const red = new Set([...new Set(chosen.map(({ test }) => test))].filter((test) => copy.runTest(test).failed > 0));
  for (const test of red) console.log(`${test} is red before anything is broken`);
  for (const control of chosen) {
    const { failed } = copy.runTest(control.test, control);
    const held = failed > 0 && !red.has(control.test);
    if (!held) unheld += 1;
    console.log(`${held ? 'red, as it must be' : 'NOT NOTICED'}  ${control.promise}. ${control.breaks} (${control.file}) → ${control.test}: ${failed} failed`);
  }
} finally {
  copy.remove();
}
console.log(`${chosen.length - unheld} of ${chosen.length} controls noticed`);
process.exitCode = unheld === 0 ? 0 : 1;
