/** Handoffs while the daemon runs: what turns and tools need of them, the verbs behind the doors, and what happens by itself between being asked for and being summed up. */
import { handoffStream, sessionStream } from '@guildhall/protocol';
import type { SessionRunner } from '@guildhall/sessions';
import type { HandoffPort } from '@guildhall/tools';
import type { TeamDirectory } from './agent-directory.ts';
import { answeredApprovalMovesHandoff } from './flows/answered-approval-moves-handoff.ts';
import { endedHandoffsAreSummedUp } from './flows/ended-handoffs-are-summed-up.ts';
import { endedTurnFinishesHandoff } from './flows/ended-turn-finishes-handoff.ts';
import { handoffOpensTurn } from './flows/handoff-opens-turn.ts';
import { handoffProgressIsNoted } from './flows/handoff-progress-is-noted.ts';
import type { Repeating } from './flows/repeat.ts';
import { waitingHandoffAsksInChat } from './flows/waiting-handoff-asks-in-chat.ts';
import type { Foundation } from './foundation.ts';
import type { HandoffOperations } from './handoff-operations.ts';
import { handoffPort } from './handoffs/handoff-port.ts';
import { createHandoffTurns, type HandoffTurns } from './handoffs/handoff-turns.ts';
import type { JournalTail } from './journal-tail.ts';
import { handoffOperations } from './operations/handoffs/handoff-operations.ts';
import type { Roles } from './roles/role-catalogue.ts';
import { streamHint } from './waiting-for-events.ts';

/** What the team is made with. */
export interface TeamHandoffs {
  readonly turns: HandoffTurns;
  readonly port: HandoffPort;
}

/** `operations` are made after the team, from it. */
export function openTeamHandoffs({ store, config }: Foundation, operations: () => HandoffOperations): TeamHandoffs {
  return {
    turns: createHandoffTurns(store.handoffs, store.sessions),
    port: handoffPort({ config: config.current, store: store.handoffs, operations }),
  };
}

export function openHandoffVerbs(parts: {
  readonly foundation: Foundation;
  readonly tail: JournalTail;
  readonly directory: Pick<TeamDirectory, 'policyOf'>;
  readonly roles: () => Roles;
  readonly runner: () => SessionRunner;
  readonly isDraining: () => boolean;
}): HandoffOperations {
  const { foundation, tail, directory, roles, runner, isDraining } = parts;
  const { clock, ids, store, config } = foundation;
  return handoffOperations({
    store: store.handoffs,
    roleStore: store.roles,
    sessions: store.sessions,
    approvals: store.approvals,
    config: config.current,
    clock,
    ids,
    roles,
    runner,
    isDraining,
    policyOf: (agent) => directory.policyOf(agent),
    handoffHint: (id, signal) => streamHint(tail, clock, handoffStream(id), signal),
    turnHint: (sessionKey, signal) => streamHint(tail, clock, sessionStream(sessionKey), signal),
  });
}

/** What happens by itself: answers of people move what waited for them, announced work begins where there is a place, ended work is settled, and who asked is told once. */
export function keepHandoffs(parts: {
  readonly foundation: Foundation;
  readonly tail: JournalTail;
  readonly roles: () => Roles;
  readonly runner: () => SessionRunner;
  readonly isDraining: () => boolean;
  readonly onFault: (error: unknown) => void;
}): Repeating {
  const { clock, ids, store, config } = parts.foundation;
  const deps = {
    ...parts,
    store: store.handoffs,
    roleStore: store.roles,
    sessions: store.sessions,
    config: config.current,
    maxQueued: () => config.current().limits.queuedMessages,
    clock,
    ids,
  };
  const flows = [
    waitingHandoffAsksInChat(deps),
    answeredApprovalMovesHandoff(deps),
    handoffOpensTurn(deps),
    handoffProgressIsNoted(deps),
    endedTurnFinishesHandoff(deps),
    endedHandoffsAreSummedUp(deps),
  ];
  return {
    async stop() {
      for (const flow of flows) await flow.stop();
    },
  };
}
