/** What driving a turn needs, in one record that every step of it shares. */
import { type ActionDefinitions, type ApprovalStore, type BudgetStore, type StandingApprovalStore, innermostHandoff } from '@guildhall/authority';
import { Fault, type Settled } from '@guildhall/protocol';
import type { Clock, Fence, Ids } from '@guildhall/kernel';
import type { AgentDirectory, AgentProfile, TurnHooks } from './agent-profile.ts';
import type { LiveHub } from './live.ts';
import type { ModelRuntime } from './model.ts';
import type { SessionStore } from './ports.ts';
import type { NewOutbound } from './session.ts';
import type { ToolCatalogue } from './tool.ts';
import type { TurnPreparation } from './turn-preparation.ts';
import type { Entry } from './transcript.ts';
import type { Turn } from './turn.ts';

export interface TurnDeps {
  readonly store: SessionStore;
  readonly approvals: ApprovalStore;
  readonly standingApprovals: StandingApprovalStore;
  readonly budgets: BudgetStore;
  readonly agents: AgentDirectory;
  readonly runtime: ModelRuntime;
  readonly tools: ToolCatalogue;
  readonly hooks: TurnHooks;
  readonly preparation: TurnPreparation;
  readonly live: LiveHub;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The intent that carries `text` to the person who wrote, or null where people read the transcript itself (terminal, page, API). */
  readonly replyTo: (turn: Turn, text: string) => NewOutbound | null | Promise<NewOutbound | null>;
  /** The answer to a message that is a command of the chat, such as `/agents`: given without asking a model. Undefined for every other message. */
  readonly answerCommand: (turn: Turn) => Promise<string | undefined>;
  /** What the names of actions cover now; a chain is forbidden actions by name. */
  readonly actions: () => ActionDefinitions;
  readonly approvalTimeoutMs: () => number;
  /** A turn begun more often than this without an end is given up, visibly: it takes the daemon down with it, or something does. */
  readonly maxAttempts: number;
  /** Resolves when an approval may have been answered; a hint. */
  readonly approvalHint: (signal: AbortSignal) => Promise<void>;
}

/** A turn being driven: what is fixed, and what has been recorded so far. */
export interface Drive {
  readonly deps: TurnDeps;
  readonly turn: Turn;
  readonly fence: Fence;
  readonly profile: AgentProfile;
  /** Aborts when the lease is lost, a cancel was asked for or the daemon drains. */
  readonly signal: AbortSignal;
  /** The context from the newest compaction on, grown by everything this drive records. */
  entries: readonly Entry[];
}

/** The lease passed on, or a cancel or drain cut the drive short: thrown inside a drive to unwind it, and caught by `driveTurn` alone. */
export class DriveEnded extends Error {
  readonly why: 'lost' | 'stopped';

  constructor(why: 'lost' | 'stopped') {
    super(why);
    this.name = 'DriveEnded';
    this.why = why;
  }
}

/** The value of a fenced verb. A stale fence unwinds the drive; any other refusal is a broken invariant. */
export function held<T>(settled: Settled<T>): T {
  if (settled.ok) return settled.value;
  if (settled.refusal.code === 'stale-claim') throw new DriveEnded('lost');
  throw new Fault('turn-invariant', `${settled.refusal.code}: ${settled.refusal.message}`);
}

/** As `held`, for the verbs that begin something: a turn that was asked to stop begins nothing, and its drive unwinds. */
export function begun<T>(settled: Settled<T>): T {
  if (!settled.ok && settled.refusal.code === 'not-allowed') throw new DriveEnded('stopped');
  return held(settled);
}

/** Right before a model is called, or a call that had started is made again. Costs a commit within the work of a handoff only, where a cancel is to know that nothing begins behind it. */
export async function beginStep({ deps, fence, turn }: Drive): Promise<void> {
  if (innermostHandoff(turn.provenance) !== null) begun(await deps.store.beginStep(fence, turn.id));
}

export function turnEntries(drive: Drive): readonly Entry[] {
  return drive.entries.filter((entry) => entry.turnId === drive.turn.id);
}

/** Adds what was recorded to the drive and tells those who watch. */
export function noteRecorded(drive: Drive, ...entries: readonly Entry[]): void {
  drive.entries = [...drive.entries, ...entries];
  drive.deps.live.publish(drive.turn.sessionKey, { type: 'recorded' });
}

/** The number the next entry of the session will have; only the holder of the lease appends. */
export function nextSeq(drive: Drive): number {
  return (drive.entries.at(-1)?.seq ?? 0) + 1;
}
