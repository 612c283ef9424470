/** What makes two requests the same request, and what a person's yes is bound to. */
import { digestOf, sha256 } from '@guildhall/kernel';
import type { ActionDefinition, JsonObject, RiskLevel } from '@guildhall/protocol';
import type { HandoffQuestion } from './decision.ts';
import type { SourceRules, TargetRules } from './rules.ts';

/** Of the task without the differences that mean nothing: compatibility forms, case, white space, characters nobody sees. */
export function taskDigest(task: string): string {
  return sha256(normalTask(task));
}

function normalTask(task: string): string {
  const seen = task.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '').normalize('NFKC');
  // Upper case first folds what has no single lower-case partner, such as the sharp s; both sigmas are one letter.
  const folded = seen.toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
  return folded.replaceAll(/[\s\u0085]+/gu, ' ').trim();
}

/**
 * Exactly what would run and the rules it would run under. Neither the moment nor anything counted is in it, nor what a day may cost: what a person allowed stays the same until somebody changes it.
 */
export function canonicalHandoff(question: HandoffQuestion, judged: { readonly riskLevel: RiskLevel; readonly forbidden: readonly string[] }): JsonObject {
  const { source, target, task, risk, mustAsk, chain, rules } = question;
  return {
    source: { ...source },
    target: { ...target },
    task,
    risk,
    riskLevel: judged.riskLevel,
    mustAsk,
    root: chain?.root ?? null,
    forbidden: Object.fromEntries(judged.forbidden.map((name) => [name, plainDefinition(rules.actions.get(name))])),
    sourceRules: rules.source === undefined ? null : sourceRules(rules.source),
    targetRules: targetRules(rules.target),
  };
}

export function handoffDigest(question: HandoffQuestion, judged: { readonly riskLevel: RiskLevel; readonly forbidden: readonly string[] }): string {
  return digestOf(canonicalHandoff(question, judged));
}

function plainDefinition(definition: ActionDefinition | undefined): JsonObject | null {
  if (definition === undefined) return null;
  const { tools, argv, hosts, paths } = definition;
  return { tools: sorted(tools), argv: argv.map((words) => [...words]), hosts: sorted(hosts), paths: sorted(paths) };
}

/** The order in which these lists are written means nothing. */
function sourceRules(rules: SourceRules): JsonObject {
  return {
    ...rules,
    allowedTargets: sorted(rules.allowedTargets),
    requireHumanConfirmationFor: sorted(rules.requireHumanConfirmationFor),
    forbidden: sorted(rules.forbidden),
    microUsdPerHandoff: rules.microUsdPerHandoff ?? null,
    tokensPerHandoff: rules.tokensPerHandoff ?? null,
  };
}

function targetRules(rules: TargetRules): JsonObject {
  return { ...rules, allowedSources: rules.allowedSources === '*' ? '*' : sorted(rules.allowedSources) };
}

function sorted(list: readonly string[]): string[] {
  return [...list].toSorted();
}
