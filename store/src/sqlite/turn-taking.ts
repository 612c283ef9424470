import { setImmediate as nextTurnOfTheLoop } from 'node:timers/promises';

/** How long reads may follow each other before everything else gets a turn, milliseconds. */
const longestReadingMs = 5;

/** Reads of SQLite answer without leaving the current turn of the event loop; somebody who reads page after page would keep all others from running. */
export function turnTaking(mono: () => number): () => Promise<void> {
  let turnBegan = mono();
  return async () => {
    if (mono() - turnBegan < longestReadingMs) return;
    await nextTurnOfTheLoop();
    turnBegan = mono();
  };
}
