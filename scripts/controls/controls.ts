/** One or more controls for each promise. A line that is reworded must be reworded here, and `test/promises.test.ts` says so. */
import { boardControls } from './board-controls.ts';
import type { Control } from './control.ts';
import { daemonControls } from './daemon-controls.ts';
import { handoffControls } from './handoff-controls.ts';
import { planControls } from './plan-controls.ts';

export const controls: readonly Control[] = [...daemonControls, ...boardControls, ...planControls, ...handoffControls];
