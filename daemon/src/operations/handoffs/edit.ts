/** A person changes what would run, before it begins. Risk can only rise and forbidden actions can only be added; whatever was approved is not approved any more. */
import { type Handoff, riskLevelOf } from '@guildhall/handoffs';
import { type HandoffChange, type HandoffView, type Settled, done, refuse, riskLevels } from '@guildhall/protocol';
import { askAgain } from '../../handoffs/question.ts';
import { narrowed } from '../../handoffs/work-provenance.ts';
import { freshApproval, freshNotice } from './fresh.ts';
import type { HandoffDeps } from './handoff-deps.ts';
import { noHandoff, viewHandoff } from './views.ts';

export async function editHandoff(deps: HandoffDeps, id: string, change: HandoffChange, actor: string): Promise<Settled<HandoffView>> {
  const handoff = await deps.store.readHandoff(id);
  if (handoff === undefined) return noHandoff(id);
  const risk = risenRisk(deps, handoff, change.riskLevel);
  if (!risk.ok) return risk;
  const { actions } = deps.config();
  const forbidden = [...new Set([...handoff.forbidden, ...(change.forbiddenActions ?? [])])].toSorted();
  const changed = { ...handoff, task: change.task?.toWellFormed() ?? handoff.task, risk: risk.value, forbidden };
  const question = await askAgain(deps, changed, 'edited');
  const edited = await deps.store.editHandoff(
    id,
    {
      task: changed.task,
      risk: changed.risk,
      forbidden,
      provenance: narrowed(handoff.provenance, id, forbidden, actions),
      approval: freshApproval(deps),
      notice: freshNotice(deps, handoff),
    },
    question,
    actor,
  );
  if (!edited.ok) return edited;
  if (edited.value.status === 'queued') deps.runner().wake(edited.value.target.sessionKey);
  return done(await viewHandoff(deps, edited.value));
}

function risenRisk({ config }: HandoffDeps, { id, risk }: Handoff, wanted: string | undefined): Settled<string> {
  if (wanted === undefined) return done(risk);
  const { riskClasses } = config();
  const [before, after] = [risk, wanted].map((name) => riskLevels.indexOf(riskLevelOf(name, riskClasses)));
  if ((after ?? 0) >= (before ?? 0)) return done(wanted);
  return refuse('invalid-input', `the risk of ${id} is ${risk} and can only rise; "${wanted.slice(0, 64)}" is less`, { risk });
}
