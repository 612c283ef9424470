/** Platforms that are the daemon's own, and those on which people read the transcript itself. */
import { delegatePlatform } from './children.ts';
import { boardPlatform } from './flows/task-opens-turn.ts';
import { handoffPlatform } from './handoffs/handoff-place.ts';
import { predecessorPlatform, rolePlatform } from './roles/role-place.ts';
import { schedulePlatform } from './schedules/scheduled-message.ts';

/** For messages that the daemon makes; nobody outside can use them. */
export const innerPlatforms: ReadonlySet<string> = new Set([
  delegatePlatform,
  boardPlatform,
  rolePlatform,
  predecessorPlatform,
  schedulePlatform,
  handoffPlatform,
]);

/** The credential itself is the person; elsewhere the platform names who wrote. */
export const ownPlatforms: ReadonlySet<string> = new Set(['terminal', 'web', 'api']);

/** Nothing is sent to them. */
export function isPulled(platform: string): boolean {
  return innerPlatforms.has(platform) || ownPlatforms.has(platform);
}
