/** Why the drive of a turn was cut: `cancel` ends the turn; after `drain` and `lost` it goes on, later or with another holder. */
export type CutReason = 'cancel' | 'drain' | 'lost';

/** The reason of an abort signal whose turn was cut. */
export class TurnCut extends Error {
  readonly why: CutReason;

  constructor(why: CutReason) {
    super(`the turn was cut: ${why}`);
    this.name = 'AbortError';
    this.why = why;
  }
}

/** Did the signal of a tool call abort because its turn goes on later? Then what the call began is not to be undone. */
export function goesOnLater(signal: AbortSignal): boolean {
  return signal.reason instanceof TurnCut && signal.reason.why !== 'cancel';
}
