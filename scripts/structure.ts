/** `npm run structure`: prints every finding of the structure rules and the lengths of the source files; ends with 1 when there was a finding. */
import path from 'node:path';
import { checkStructure } from './structure/rules.ts';
import { sizeFigures } from './structure/sizes.ts';
import { readTree } from './structure/tree.ts';

const tree = readTree(path.dirname(import.meta.dirname));
const violations = checkStructure(tree);
for (const { rule, file, line, message } of violations) console.error(`${file}${line === undefined ? '' : `:${line}`} [${rule}] ${message}`);
const { count, median, p90, longest } = sizeFigures(tree);
console.log(`${violations.length} findings; ${count} source files: median ${median} lines, 90 of 100 within ${p90}, longest ${longest}`);
process.exitCode = violations.length === 0 ? 0 : 1;
