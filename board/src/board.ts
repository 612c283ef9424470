/** A board: one list of tasks with its own journal stream. `default` is made with every installation. */
export interface Board {
  readonly name: string;
  readonly title: string;
  readonly createdAt: number;
  /** Days after which done tasks are archived; null: never. */
  readonly archiveDoneAfterDays: number | null;
}

export const defaultBoard = 'default';
