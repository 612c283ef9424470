import type { Clock, Ids } from '@guildhall/kernel';
import type { Store } from '@guildhall/store';
import type { ConfigInForce } from './config-in-force.ts';

/** What everything in one run of the daemon stands on. */
export interface Foundation {
  readonly clock: Clock;
  readonly ids: Ids;
  /** The id of this run. */
  readonly boot: string;
  readonly store: Store;
  readonly config: ConfigInForce;
  /** What the tokens of claims are derived with. */
  readonly installationKey: string;
}
