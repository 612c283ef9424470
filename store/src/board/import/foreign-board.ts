/** What a board of another program is for us, whatever its tables look like. */
import type { ImportedTask } from '@guildhall/board';
import type { Ids } from '@guildhall/kernel';
import type { Provenance } from '@guildhall/protocol';

export interface Skipped {
  readonly what: string;
  readonly reason: string;
}

export interface ForeignLink {
  readonly parent: string;
  readonly child: string;
}

/** How many there are of each kind. */
type Kinds = 'tasks' | 'links' | 'comments' | 'runs' | 'attachments' | 'events';
export type Counts = Readonly<Record<Kinds, number>>;

/** One program's tables. Everything is by the ids they have there. */
export interface ForeignTables {
  readonly format: string;
  readonly found: Counts;
  /** The oldest task first. */
  readonly keys: readonly string[];
  readonly links: readonly ForeignLink[];
  readonly skipped: readonly Skipped[];
  /** How much would come with a task. */
  weigh(key: string): Omit<Counts, 'tasks' | 'links'>;
  /** A file that has gone since it was counted is left out. */
  read(key: string): Promise<ImportedTask>;
}

/** What makes a foreign task one of ours. */
export interface Adoption {
  readonly ids: Ids;
  readonly now: number;
  readonly provenanceOf: (task: string) => Provenance;
}
