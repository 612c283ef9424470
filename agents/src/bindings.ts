/** Bindings as written, made into rules: short forms expanded, tiers given, and the ones found out that could never do anything. */
import { chatTypes, type ChatType } from '@guildhall/protocol';
import type { Binding, BindingMatch } from './config.ts';
import type { WrittenBinding } from './config-schema.ts';
import { isKnownPlatform, platforms, platformsWithGuilds, platformsWithTeams } from './platforms.ts';

/** Why a binding cannot be used; `key` is where in the entry. */
interface BindingProblem {
  readonly key: string;
  readonly message: string;
  readonly hint: string | null;
}

export type ExpandedBinding = { readonly ok: true; readonly binding: Binding } | { readonly ok: false; readonly problem: BindingProblem };

export function expandBinding(written: WrittenBinding, place: { readonly index: number; readonly line: number }): ExpandedBinding {
  const short = platforms.filter((platform) => written[platform] !== undefined);
  const problem = findFormProblem(written, short);
  if (problem !== undefined) return { ok: false, problem };
  const match = matchOf(written, short[0]);
  const dead = findContradiction(match);
  if (dead !== undefined) return { ok: false, problem: dead };
  return { ok: true, binding: { ...place, agent: written.agent, tier: tierOf(match), match } };
}

function findFormProblem(written: WrittenBinding, short: readonly string[]): BindingProblem | undefined {
  const [first, second] = short;
  if (first !== undefined && second !== undefined)
    return { key: second, message: `the entry names two platforms, ${first} and ${second}`, hint: 'write one entry for each' };
  if (first !== undefined && written.platform !== undefined)
    return { key: 'platform', message: `platform stands beside the short form ${first}`, hint: 'keep one of them' };
  if (first !== undefined && written.chat !== undefined)
    return { key: 'chat', message: `chat stands beside the short form ${first}, which names the chat`, hint: 'keep one of them' };
  if (first === undefined && written.platform === undefined)
    return { key: '', message: 'the entry names no platform', hint: 'write platform: telegram, or the short form telegram: "<chat id>"' };
  for (const key of ['account', 'chat', 'peer', 'guild', 'team', 'thread'] as const) {
    if (written[key] === '*') return { key, message: `${key}: "*" matches nothing: ids are compared exactly`, hint: `leave ${key} out to match every one` };
  }
  if (
    written.thread !== undefined &&
    written.chat === undefined &&
    written.peer === undefined &&
    (first === undefined || written[first as keyof WrittenBinding] === '*')
  ) {
    return { key: 'thread', message: 'a thread is one of a chat, and the entry names no chat', hint: 'add chat' };
  }
  return undefined;
}

function matchOf(written: WrittenBinding, short: (typeof platforms)[number] | undefined): BindingMatch {
  const shortChat = short === undefined ? undefined : written[short];
  const chat = shortChat === undefined || shortChat === '*' ? written.chat : shortChat;
  const { account, peer, guild, team, chat_type: chatType, thread } = written;
  return {
    platform: short ?? written.platform ?? '*',
    ...(account === undefined ? {} : { account }),
    ...(chat === undefined ? {} : { chat }),
    ...(peer === undefined ? {} : { peer }),
    ...(guild === undefined ? {} : { guild }),
    ...(team === undefined ? {} : { team }),
    ...(chatType === undefined ? {} : { chatType }),
    ...(thread === undefined ? {} : { thread }),
  };
}

export function tierOf(match: BindingMatch): Binding['tier'] {
  if (match.chat !== undefined) return 1;
  if (match.peer !== undefined) return 2;
  const grouped = match.guild !== undefined || match.team !== undefined;
  if (grouped) return match.chatType === undefined ? 4 : 3;
  return match.chatType === undefined ? 6 : 5;
}

/** Keys of one entry that no message can have together. */
function findContradiction(match: BindingMatch): BindingProblem | undefined {
  const never = 'this can never match: ';
  if (match.guild !== undefined && match.team !== undefined)
    return { key: 'team', message: `${never}no platform has both guilds and teams`, hint: 'keep one of them' };
  if (match.peer !== undefined && match.chatType !== undefined && match.chatType !== 'dm') {
    return { key: 'chat_type', message: `${never}peer is about direct messages, and chat_type is ${match.chatType}`, hint: 'remove chat_type' };
  }
  if (match.guild !== undefined && (match.peer !== undefined || match.chatType === 'dm')) {
    return { key: 'guild', message: `${never}a direct message has no guild`, hint: 'remove guild' };
  }
  if (!isKnownPlatform(match.platform)) return undefined;
  if (match.guild !== undefined && !platformsWithGuilds.includes(match.platform)) {
    return { key: 'guild', message: `${never}${match.platform} has no guilds`, hint: `guilds are on ${platformsWithGuilds.join(', ')}` };
  }
  if (match.team !== undefined && !platformsWithTeams.includes(match.platform)) {
    return { key: 'team', message: `${never}${match.platform} has no teams`, hint: `teams are on ${platformsWithTeams.join(', ')}` };
  }
  return undefined;
}

/** Rules in the order in which they are asked: by tier, then as in the file. */
export function inRuleOrder(bindings: readonly Binding[]): readonly Binding[] {
  return bindings.toSorted((a, b) => a.tier - b.tier || a.index - b.index);
}

/**
 * For each rule that can never win, the rules that take every message it could match before it is asked.
 *
 * A rule is looked at once for every chat type it could meet. What takes such a message whole is a rule with some of its keys and no other, so those are looked up
 * instead of comparing every pair.
 */
export function findShadows(bindings: readonly Binding[]): ReadonlyMap<Binding, readonly Binding[]> {
  const ordered = inRuleOrder(bindings);
  const first = new Map<string, number>();
  for (const [place, rule] of ordered.entries()) {
    const name = nameOf(rule.match.platform, rule.match, new Set(narrowingKeys));
    if (!first.has(name)) first.set(name, place);
  }
  const shadows = new Map<Binding, readonly Binding[]>();
  for (const [place, rule] of ordered.entries()) {
    const takers = possibleChatTypes(rule.match).map((chatType) => firstTaker({ ...rule.match, chatType }, first, place));
    if (takers.every((taker) => taker !== undefined))
      shadows.set(
        rule,
        [...new Set(takers)].flatMap((taker) => ordered[taker] ?? []),
      );
  }
  return shadows;
}

function possibleChatTypes(match: BindingMatch): readonly ChatType[] {
  if (match.chatType !== undefined) return [match.chatType];
  if (match.peer !== undefined) return ['dm'];
  return match.guild === undefined ? chatTypes : chatTypes.filter((type) => type !== 'dm');
}

const narrowingKeys = ['account', 'chat', 'peer', 'guild', 'team', 'chatType', 'thread'] as const;

/** The place of the first rule before `place` that matches every message `match` does. */
function firstTaker(match: BindingMatch, first: ReadonlyMap<string, number>, place: number): number | undefined {
  const keys = narrowingKeys.filter((key) => match[key] !== undefined);
  let best: number | undefined;
  for (const platform of new Set([match.platform, '*'])) {
    for (let choice = 0; choice < 2 ** keys.length; choice++) {
      const chosen = new Set(keys.filter((_, bit) => (choice & (1 << bit)) !== 0));
      const found = first.get(nameOf(platform, match, chosen));
      if (found !== undefined && found < place && (best === undefined || found < best)) best = found;
    }
  }
  return best;
}

/** A name for the rule that has this platform and, of the keys of `match`, the chosen ones. */
function nameOf(platform: string, match: BindingMatch, chosen: ReadonlySet<(typeof narrowingKeys)[number]>): string {
  return JSON.stringify([platform, ...narrowingKeys.map((key) => (chosen.has(key) ? (match[key] ?? null) : null))]);
}
