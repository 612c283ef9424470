/** A run: one claim's attempt at a task. It begins with the claim, fresh, and ends once with an outcome. */
import type { ArtifactItem, EvidenceItem, JsonObject, RunOutcome } from '@guildhall/protocol';

export interface Run {
  readonly id: string;
  readonly task: string;
  readonly board: string;
  readonly lane: string;
  readonly epoch: number;
  /** Which attempt at the task it is, counted from 1 over its whole life. */
  readonly attempt: number;
  readonly requestId: string;
  readonly tokenHash: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly outcome: RunOutcome | null;
  readonly summary: string;
  readonly reason: string;
  readonly metadata: JsonObject;
  readonly artifacts: readonly ArtifactItem[];
  readonly evidence: readonly EvidenceItem[];
  readonly lastHeartbeatAt: number | null;
  readonly note: string;
  readonly progress: number | null;
  readonly worker: Worker | null;
}

/** A process the dispatcher started for a run. `mark` tells it from a later process with the same number. */
export interface Worker {
  readonly pid: number;
  readonly mark: string;
  readonly startedAt: number;
}

/** Outcomes that count as a failed attempt. A lane that stopped for its quota, gave back, or was stopped by a person did not fail at the task. */
export const failedOutcomes = ['timed-out', 'crashed', 'protocol-violation'] as const satisfies readonly RunOutcome[];
export type FailedOutcome = (typeof failedOutcomes)[number];

export interface Completion {
  readonly summary: string;
  readonly metadata: JsonObject;
  readonly artifacts: readonly ArtifactItem[];
  readonly evidence: readonly EvidenceItem[];
  readonly review: boolean;
}
