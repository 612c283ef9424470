/** Every structure rule, by the name its findings carry. */
import { checkCasts } from './casts.ts';
import { checkCycles } from './cycles.ts';
import { checkDirection } from './direction.ts';
import { checkLinks } from './links.ts';
import { checkLockfile } from './lockfile.ts';
import { checkNames } from './names.ts';
import { checkReach } from './reach.ts';
import { checkSizes } from './sizes.ts';
import { checkStrangers } from './strangers.ts';
import type { Tree, Violation } from './tree.ts';

const rules = [checkDirection, checkCycles, checkSizes, checkNames, checkReach, checkCasts, checkStrangers, checkLinks, checkLockfile] as const;

export function checkStructure(tree: Tree): readonly Violation[] {
  return rules.flatMap((rule) => rule(tree));
}
