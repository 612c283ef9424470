/** Why plans, roles, runs, findings, schedules and handoffs do not get on, and what of them the doctor is to be told. Every walk goes from what is asked about towards what it waits for. */
import { parseSessionKey, type FindingView, type Provenance } from '@guildhall/protocol';
import type { Turn } from '@guildhall/sessions';
import { examineWork } from './examine-work.ts';
import type { Asking, WorkHealthDeps } from './situation.ts';
import { whyFinding } from './why-finding.ts';
import { ofChain, whyHandedOn, whyHandoff } from './why-handoff.ts';
import { whyPlan, whyRole, whyRun } from './why-role.ts';
import { whySchedule } from './why-schedule.ts';

export interface WorkHealth {
  examine(): Promise<readonly FindingView[]>;
  /** Undefined when nothing of that name is a plan, a role, a run, a finding, a schedule or a handoff. */
  why(id: string, asking: Asking): Promise<readonly FindingView[] | undefined>;
  /** What a turn handed on and has not come back. */
  handedOn(turn: Turn, asking: Asking): Promise<readonly FindingView[]>;
  /** The handoff within whose work a chain stands; nothing when in nobody's. */
  ofChain(provenance: Provenance): Promise<readonly FindingView[]>;
}

export function createWorkHealth(deps: WorkHealthDeps): WorkHealth {
  return {
    examine: () => examineWork(deps),
    handedOn: (turn, asking) => whyHandedOn(deps, turn, asking),
    ofChain: (provenance) => ofChain(deps, provenance),
    async why(id, asking) {
      const found = await Promise.all([
        aboutPlan(deps, id, asking),
        aboutRole(deps, id, asking),
        deps.roles.readRun(id).then((run) => run && whyRun(deps, run, asking)),
        deps.roles.readFinding(id).then((finding) => finding && whyFinding(deps, finding, asking)),
        deps.schedules.readSchedule(id).then((schedule) => schedule && whySchedule(deps, schedule, asking)),
        deps.handoffs.store.readHandoff(id).then((handoff) => handoff && whyHandoff(deps, handoff, asking)),
      ]);
      const known = found.filter((findings) => findings !== undefined);
      return known.length === 0 ? undefined : known.flat();
    },
  };
}

async function aboutPlan(deps: WorkHealthDeps, id: string, asking: Asking) {
  const plan = await deps.roles.readPlan(id);
  return plan && whyPlan(deps, plan, asking);
}

/** `role:<plan>/<role>` as people write it, or the key of the session. Both halves may hold a slash: the first division is taken whose plan and role there are. */
async function aboutRole(deps: WorkHealthDeps, id: string, asking: Asking) {
  if (!id.startsWith('role:')) return undefined;
  const key = parseSessionKey(id);
  const named = key.ok && key.value.kind === 'role' ? [key.value] : divisions(id.slice('role:'.length));
  for (const { plan: planId, role: spelling } of named) {
    const role = deps.catalogue().resolve(spelling);
    const plan = role.ok ? await deps.roles.readPlan(planId) : undefined;
    if (role.ok && plan !== undefined) return whyRole(deps, plan, role.value.role, asking);
  }
  return undefined;
}

function divisions(text: string): readonly { readonly plan: string; readonly role: string }[] {
  return [...text.matchAll(/\//g)].map(({ index }) => ({ plan: text.slice(0, index), role: text.slice(index + 1) })).toReversed();
}
