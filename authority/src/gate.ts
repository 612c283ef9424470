/**
 * The gate. Every tool call asks here at the moment it runs, with its canonical name and canonical arguments, and the answer is stored with the call before the
 * tool body starts. Unknown is no; an evaluator that fails is no.
 */
import type { JsonObject, PolicyLayer, Provenance } from '@guildhall/protocol';
import { digestOf } from '@guildhall/kernel';
import { type ActionDefinitions, type CallEffects, judgeForbidden } from './actions.ts';
import { askStack, canonicalToolName } from './policy.ts';

export interface GateQuestion {
  readonly agent: string;
  readonly session: string;
  readonly tool: string;
  readonly args: JsonObject;
  /** The agent's own layers as configured at this moment. */
  readonly layers: readonly PolicyLayer[];
  readonly provenance: Provenance;
  /** Is this a tool that exists and is switched on? */
  readonly known: boolean;
  /** A sentence when the call needs a person's yes even though policy allows the tool. */
  readonly danger: string | null;
  /** What the names of actions cover at this moment. */
  readonly actions: ActionDefinitions;
  /** What the call would do, as far as its tool can tell. */
  readonly effects: CallEffects;
}

/** One guard that was asked and what it said; all are kept, also those after the first no. */
export interface GuardAnswer {
  readonly guard: 'known-tool' | 'agent-policy' | 'chain-policy' | 'forbidden-actions' | 'danger';
  readonly verdict: 'allow' | 'deny' | 'ask';
  readonly rule: string;
}

export interface Decision {
  readonly verdict: 'allow' | 'deny' | 'ask';
  /** Canonical tool name. */
  readonly tool: string;
  /** Digest of the canonical action. */
  readonly digest: string;
  /** The guard and rule that decided. */
  readonly rule: string;
  readonly answers: readonly GuardAnswer[];
}

export function decide(question: GateQuestion): Decision {
  const tool = canonicalToolName(question.tool);
  const digest = digestOf({ agent: question.agent, session: question.session, tool, args: question.args });
  const answers = guards(tool, question);
  const deciding = answers.find((answer) => answer.verdict === 'deny') ?? answers.find((answer) => answer.verdict === 'ask') ?? answers.at(-1);
  if (deciding === undefined) return { verdict: 'deny', tool, digest, rule: 'no guard answered', answers };
  return { verdict: deciding.verdict, tool, digest, rule: `${deciding.guard}: ${deciding.rule}`, answers };
}

function guards(tool: string, question: GateQuestion): readonly GuardAnswer[] {
  const own = askStack(question.layers, tool);
  const chain = question.provenance.layers.length === 0 ? { allowed: true, rule: 'no narrower chain' } : askStack(question.provenance.layers, tool);
  const forbidden = judgeForbidden(question.provenance.forbidden, question.actions, tool, question.effects);
  return [
    {
      guard: 'known-tool',
      verdict: question.known ? 'allow' : 'deny',
      rule: question.known ? tool : `"${tool.slice(0, 80)}" is not a tool that is switched on here`,
    },
    { guard: 'agent-policy', verdict: own.allowed ? 'allow' : 'deny', rule: own.rule },
    { guard: 'chain-policy', verdict: chain.allowed ? 'allow' : 'deny', rule: chain.rule },
    { guard: 'forbidden-actions', ...forbidden },
    { guard: 'danger', verdict: question.danger === null ? 'allow' : 'ask', rule: question.danger ?? 'not dangerous' },
  ];
}
