/** What the guardrails are asked about one handoff, with the configuration as it is now. */
import type { Config } from '@guildhall/agents';
import type { Endpoint, Handoff, HandoffQuestion } from '@guildhall/handoffs';
import type { Clock } from '@guildhall/kernel';
import type { DecisionMoment, Provenance } from '@guildhall/protocol';
import type { TranscriptStore } from '@guildhall/sessions';
import { today } from '../agent-directory.ts';
import { edgeRules, reservationOf } from './edge-rules.ts';
import { type EndpointDeps, type FoundEndpoint, findAgain } from './find-endpoint.ts';

export interface QuestionDeps extends EndpointDeps {
  readonly clock: Clock;
  readonly sessions: Pick<TranscriptStore, 'readSession' | 'readTurn'>;
}

type Asked = Pick<Handoff, 'source' | 'task' | 'risk' | 'forbidden' | 'mustAsk'> & { readonly target: Endpoint };

export function questionOf(
  config: Config,
  clock: Clock,
  asked: Asked,
  { closed, hidden }: Pick<FoundEndpoint, 'closed' | 'hidden'>,
  { moment, chain }: { readonly moment: DecisionMoment; readonly chain: Provenance | null },
): HandoffQuestion {
  const { source, target, task, risk, forbidden, mustAsk } = asked;
  return {
    moment,
    source,
    target,
    task,
    risk,
    forbidden,
    mustAsk,
    chain,
    targetClosed: closed,
    hidden,
    rules: edgeRules(config, source, target),
    reservation: reservationOf(config, source, target, today(clock)),
  };
}

/** For one that was stored: its target is looked at again. */
export async function askAgain(deps: QuestionDeps, handoff: Handoff, moment: DecisionMoment): Promise<HandoffQuestion> {
  const found = await findAgain(deps, handoff.target);
  const filledAnew =
    found.closed === null && found.endpoint.agent !== handoff.target.agent
      ? `${handoff.target.name} is filled by ${found.endpoint.agent} now, and was by ${handoff.target.agent} when this was asked; hand it over again`
      : found.closed;
  return questionOf(deps.config(), deps.clock, handoff, { ...found, closed: filledAnew }, { moment, chain: await chainOf(deps, handoff) });
}

async function chainOf({ sessions }: QuestionDeps, { sourceTurn }: Handoff): Promise<Provenance | null> {
  return sourceTurn === null ? null : ((await sessions.readTurn(sourceTurn))?.provenance ?? null);
}
