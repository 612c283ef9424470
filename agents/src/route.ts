/** Which agent answers a message. Pure and total: the same facts and configuration always give the same agent, and say why no other. */
import type { ChatType } from '@guildhall/protocol';
import { inRuleOrder } from './bindings.ts';
import type { Binding, BindingMatch, Config, Tier } from './config.ts';

/** What is known of an inbound message. Ids are compared as text, exactly. */
export interface MessageFacts {
  readonly platform: string;
  /** The platform account that received it; `default` when absent. */
  readonly account?: string;
  readonly chat?: string;
  readonly chatType?: ChatType;
  /** Who wrote it, by the platform's immutable id. */
  readonly peer?: string;
  readonly guild?: string;
  readonly team?: string;
  readonly thread?: string;
}

export interface Route {
  readonly agent: string;
  readonly tier: Tier;
  readonly rule: RouteRule;
  /** Every other rule, in the order in which they are asked, each with the reason why it lost. */
  readonly losers: readonly (RouteRule & { readonly agent: string; readonly tier: Tier; readonly reason: string })[];
}

export interface RouteRule {
  /** `bindings[0]`, or `default`. */
  readonly path: string;
  /** Line in the file; null for the default agent. */
  readonly line: number | null;
  /** The rule in words: `telegram, chat -100123`. */
  readonly matches: string;
}

/** The facts with what follows from them filled in, so that routing, session keys and explanations agree. */
export type CompleteFacts = MessageFacts & { readonly account: string; readonly chatType: ChatType };

/**
 * Fills in account and chat type. A message whose chat type is not told is direct when nothing says otherwise: it has a writer, and no chat but theirs; or it has
 * neither. Everything else is a group.
 */
export function completeFacts(facts: MessageFacts): CompleteFacts {
  const grouped = facts.guild !== undefined || facts.team !== undefined;
  const direct = !grouped && (facts.chat === undefined || facts.chat === facts.peer);
  return { ...facts, account: facts.account ?? 'default', chatType: facts.chatType ?? (direct ? 'dm' : 'group') };
}

export function route(config: Config, message: MessageFacts): Route {
  const facts = completeFacts(message);
  const rules = inRuleOrder(config.bindings);
  const mismatches = new Map(rules.map((rule) => [rule, findMismatch(rule.match, facts)]));
  const winner = rules.find((rule) => mismatches.get(rule) === undefined);
  const losers = rules
    .filter((rule) => rule !== winner)
    .map((rule) => ({ ...ruleOf(rule), agent: rule.agent, tier: rule.tier, reason: mismatches.get(rule) ?? beatenBy(winner, rule) }));
  const fallback = { path: 'default', line: null, matches: 'everything no binding claims' };
  if (winner === undefined) return { agent: config.defaultAgent, tier: 7, rule: fallback, losers };
  const defaultLoser = { ...fallback, agent: config.defaultAgent, tier: 7 as const, reason: `it matches, but tier ${winner.tier} goes before tier 7` };
  return { agent: winner.agent, tier: winner.tier, rule: ruleOf(winner), losers: [...losers, defaultLoser] };
}

function ruleOf(binding: Binding): RouteRule {
  return { path: `bindings[${binding.index}]`, line: binding.line, matches: describeMatch(binding.match) };
}

function beatenBy(winner: Binding | undefined, loser: Binding): string {
  if (winner !== undefined && winner.tier < loser.tier) return `it matches, but tier ${winner.tier} goes before tier ${loser.tier}`;
  return `it matches, but bindings[${winner?.index}] of the same tier stands before it`;
}

const matchKeys = [
  ['platform', 'platform'],
  ['account', 'account'],
  ['chat', 'chat'],
  ['peer', 'peer'],
  ['guild', 'guild'],
  ['team', 'team'],
  ['chatType', 'chat type'],
  ['thread', 'thread'],
] as const satisfies readonly (readonly [keyof BindingMatch, string])[];

/** The first key of a rule that a message does not fit, in words; undefined when all fit. */
function findMismatch(match: BindingMatch, facts: CompleteFacts): string | undefined {
  for (const [key, name] of matchKeys) {
    const wanted = match[key];
    if (wanted === undefined || (key === 'platform' && wanted === '*')) continue;
    const found = facts[key];
    if (found !== wanted) return `it wants ${name} ${wanted}, and the message has ${found ?? `no ${name}`}`;
  }
  if (match.peer !== undefined && facts.chatType !== 'dm') return `it wants a direct message, and this is one of a ${facts.chatType}`;
  return undefined;
}

export function describeMatch(match: BindingMatch): string {
  const platform = match.platform === '*' ? 'every platform' : match.platform;
  const keys = matchKeys.filter(([key]) => key !== 'platform' && match[key] !== undefined).map(([key, name]) => `${name} ${match[key]}`);
  return [platform, ...keys].join(', ');
}
