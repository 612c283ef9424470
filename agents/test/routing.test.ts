import fc from 'fast-check';
import { chatTypes, type ChatType } from '@guildhall/protocol';
import { describe, expect, test } from 'vitest';
import { findShadows, tierOf } from '../src/bindings.ts';
import { completeFacts, route, type Binding, type BindingMatch, type Config, type MessageFacts, type Tier } from '../src/index.ts';
import { configOf, errorsIn } from './configs.ts';

const team = `agents: {main: {}, a: {}, b: {}, c: {}, d: {}, e: {}, f: {}}
bindings:
  - {agent: f, platform: discord}
  - {agent: e, platform: discord, chat_type: group}
  - {agent: d, platform: discord, guild: 77}
  - {agent: c, platform: discord, guild: 77, chat_type: channel}
  - {agent: b, platform: discord, peer: 42}
  - {agent: a, platform: discord, chat: 1001}
`;

describe('every tier can be reached', () => {
  test.each<readonly [string, MessageFacts, string, Tier]>([
    ['a chat', { platform: 'discord', chat: '1001', chatType: 'channel', guild: '77' }, 'a', 1],
    ['a person who writes directly', { platform: 'discord', peer: '42', chat: '9', chatType: 'dm' }, 'b', 2],
    ['a person, told as nothing else', { platform: 'discord', peer: '42' }, 'b', 2],
    ['a guild with a chat type', { platform: 'discord', chat: '9', guild: '77', chatType: 'channel' }, 'c', 3],
    ['a guild', { platform: 'discord', chat: '9', guild: '77', chatType: 'thread' }, 'd', 4],
    ['a chat type', { platform: 'discord', chat: '9', guild: '78', chatType: 'group' }, 'e', 5],
    ['a platform', { platform: 'discord', chat: '9', guild: '78', chatType: 'channel' }, 'f', 6],
    ['nothing', { platform: 'telegram', chat: '1001' }, 'main', 7],
  ])('by %s', (_, facts, agent, tier) => {
    const found = route(configOf(team), facts);
    expect([found.agent, found.tier]).toEqual([agent, tier]);
    expect(found.losers).toHaveLength(6);
  });
});

test('the explanation names the winner and why each other rule lost', () => {
  const found = route(configOf(team), { platform: 'discord', peer: '42', chat: '1002', guild: '77', chatType: 'group' });
  expect(found).toEqual({
    agent: 'd',
    tier: 4,
    rule: { path: 'bindings[2]', line: 5, matches: 'discord, guild 77' },
    losers: [
      { path: 'bindings[5]', line: 8, matches: 'discord, chat 1001', agent: 'a', tier: 1, reason: 'it wants chat 1001, and the message has 1002' },
      { path: 'bindings[4]', line: 7, matches: 'discord, peer 42', agent: 'b', tier: 2, reason: 'it wants a direct message, and this is one of a group' },
      {
        path: 'bindings[3]',
        line: 6,
        matches: 'discord, guild 77, chat type channel',
        agent: 'c',
        tier: 3,
        reason: 'it wants chat type channel, and the message has group',
      },
      { path: 'bindings[1]', line: 4, matches: 'discord, chat type group', agent: 'e', tier: 5, reason: 'it matches, but tier 4 goes before tier 5' },
      { path: 'bindings[0]', line: 3, matches: 'discord', agent: 'f', tier: 6, reason: 'it matches, but tier 4 goes before tier 6' },
      { path: 'default', line: null, matches: 'everything no binding claims', agent: 'main', tier: 7, reason: 'it matches, but tier 4 goes before tier 7' },
    ],
  });
});

test('inside a tier the file’s order decides', () => {
  const config = configOf(
    'agents: {a: {}, b: {}}\nbindings:\n  - {agent: a, platform: slack, team: T1}\n  - {agent: b, platform: slack, account: work}\n  - {agent: b, platform: slack, account: work, team: T2}\n  - {agent: a, platform: slack, team: T2}\n',
  );
  const found = route(config, { platform: 'slack', account: 'work', team: 'T2', chat: 'C', chatType: 'channel' });
  expect([found.agent, found.rule.path]).toEqual(['b', 'bindings[2]']);
  expect(found.losers.find((loser) => loser.path === 'bindings[3]')?.reason).toBe('it matches, but bindings[2] of the same tier stands before it');
});

describe('ids are compared exactly', () => {
  const config = configOf('agents: {main: {}, a: {}}\nbindings: [{agent: a, telegram: 0123}]\n');
  test.each([
    ['0123', 'a'],
    ['123', 'main'],
    ['01234', 'main'],
    ['012', 'main'],
    ['-0123', 'main'],
    ['０123', 'main'],
  ])('%s', (chat, agent) => {
    expect(route(config, { platform: 'telegram', chat }).agent).toBe(agent);
  });

  test('and of the right platform', () => {
    expect(route(config, { platform: 'Telegram', chat: '0123' }).agent).toBe('main');
    expect(route(config, { platform: 'telegram2', chat: '0123' }).agent).toBe('main');
  });
});

describe('wildcards', () => {
  const config = configOf('agents: {main: {}, a: {}, b: {}}\nbindings:\n  - {agent: b, platform: "*"}\n  - {agent: a, whatsapp: 5}\n');
  test('a specific rule goes before them', () => expect(route(config, { platform: 'whatsapp', chat: '5' })).toMatchObject({ agent: 'a', tier: 1 }));
  test('they take what is left, on platforms nobody has heard of too', () => {
    expect(route(config, { platform: 'whatsapp', chat: '6' })).toMatchObject({ agent: 'b', tier: 6 });
    expect(route(config, { platform: 'pigeon', chat: '5' })).toMatchObject({ agent: 'b', tier: 6 });
  });
  test('the short form has one for its platform', () => {
    const short = configOf('agents: {main: {}, a: {}}\nbindings: [{agent: a, whatsapp: "*"}]\n');
    expect(route(short, { platform: 'whatsapp', chat: '6' })).toMatchObject({ agent: 'a', tier: 6 });
    expect(route(short, { platform: 'telegram', chat: '6' })).toMatchObject({ agent: 'main', tier: 7 });
  });
});

test('an unknown account is the default one', () => {
  const config = configOf('agents: {main: {}, a: {}}\nbindings: [{agent: a, platform: slack, account: default}]\n');
  expect(route(config, { platform: 'slack', chat: '1' }).agent).toBe('a');
  expect(route(config, { platform: 'slack', account: 'work', chat: '1' }).agent).toBe('main');
});

test.each<readonly [MessageFacts, ChatType]>([
  [{ platform: 'telegram', peer: '42' }, 'dm'],
  [{ platform: 'telegram', peer: '42', chat: '42' }, 'dm'],
  [{ platform: 'telegram', peer: '42', chat: '-100' }, 'group'],
  [{ platform: 'discord', peer: '42', guild: '7' }, 'group'],
  [{ platform: 'telegram', chat: '-100' }, 'group'],
  [{ platform: 'terminal' }, 'dm'],
  [{ platform: 'telegram', peer: '42', chatType: 'thread' }, 'thread'],
])('the chat type of %o is %s', (facts, chatType) => {
  expect(completeFacts(facts).chatType).toBe(chatType);
});

test('the default agent is the one that says so, else main, else the first', () => {
  expect(configOf('agents: {a: {}, main: {}, b: {default: true}}').defaultAgent).toBe('b');
  expect(configOf('agents: {a: {}, main: {}}').defaultAgent).toBe('main');
  expect(configOf('agents: {a: {}, b: {}}').defaultAgent).toBe('a');
  expect([...configOf('agents: {z: {}, 12: {}, a: {}}').agents.keys()]).toEqual(['z', '12', 'a']);
  expect(configOf('agents: {z: {}, 12: {}, a: {}}').defaultAgent).toBe('z');
});

const id = fc.constantFrom('1', '2');
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq: 1 });
const matchOf = fc
  .record({
    platform: fc.constantFrom('discord', 'slack', '*'),
    account: optional(fc.constantFrom('default', 'work')),
    chat: optional(id),
    peer: optional(id),
    guild: optional(id),
    chatType: optional(fc.constantFrom(...chatTypes)),
  })
  .filter((match) => match.guild === undefined || (match.peer === undefined && match.chatType !== 'dm'))
  .filter((match) => match.peer === undefined || match.chatType === undefined || match.chatType === 'dm');

type WrittenMatch = { readonly [key in keyof BindingMatch]: BindingMatch[key] | undefined } & { readonly platform: string };

function bindingsOf(matches: readonly WrittenMatch[]): readonly Binding[] {
  return matches.map(({ platform, ...written }, index) => {
    const match: BindingMatch = { platform, ...Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined)) };
    return { index, line: index + 1, agent: `agent-${index}`, tier: tierOf(match), match };
  });
}

function withBindings(bindings: readonly Binding[]): Config {
  return { ...configOf(''), bindings };
}

/** Every message there can be, with an id that no rule names among the ids. */
function* everyMessage(): Generator<MessageFacts> {
  const ids = [undefined, '1', '2', 'other'];
  for (const platform of ['discord', 'slack', 'other'])
    for (const account of ['default', 'work', 'other'])
      for (const chat of ids)
        for (const peer of ids)
          for (const guild of ids)
            for (const chatType of chatTypes) {
              if (guild !== undefined && chatType === 'dm') continue;
              yield {
                platform,
                account,
                chatType,
                ...(chat === undefined ? {} : { chat }),
                ...(peer === undefined ? {} : { peer }),
                ...(guild === undefined ? {} : { guild }),
              };
            }
}
const messages = [...everyMessage()];

test('shuffling the file changes the winner only among rules of one tier', () => {
  fc.assert(
    fc.property(
      fc.array(matchOf, { maxLength: 8 }),
      fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
      fc.nat(messages.length - 1),
      (written, random, which) => {
        const bindings = bindingsOf(written);
        const shuffled = bindings
          .map((binding, place) => ({ binding, key: random[place] ?? 0 }))
          .toSorted((x, y) => x.key - y.key)
          .map(({ binding }, index) => ({ ...binding, index }));
        const message = messages[which] ?? { platform: 'other' };
        const first = route(withBindings(bindings), message);
        const second = route(withBindings(shuffled), message);
        expect(second.tier).toBe(first.tier);
        if (first.agent === second.agent) return;
        const takers = bindings.filter((binding) => binding.tier === first.tier && [first.agent, second.agent].includes(binding.agent));
        expect(takers).toHaveLength(2);
      },
    ),
    { numRuns: 2000 },
  );
});

test('shuffling across tiers while each tier keeps its order changes nothing', () => {
  fc.assert(
    fc.property(fc.array(matchOf, { maxLength: 8 }), fc.nat(messages.length - 1), (written, which) => {
      const bindings = bindingsOf(written);
      const byTier = bindings.toSorted((x, y) => y.tier - x.tier).map((binding, index) => ({ ...binding, index }));
      const message = messages[which] ?? { platform: 'other' };
      expect(route(withBindings(byTier), message).agent).toBe(route(withBindings(bindings), message).agent);
    }),
    { numRuns: 2000 },
  );
});

test('a rule is called dead exactly when no message reaches it', () => {
  fc.assert(
    fc.property(fc.array(matchOf, { minLength: 1, maxLength: 6 }), (written) => {
      const bindings = bindingsOf(written);
      const config = withBindings(bindings);
      const reached = new Set(messages.map((message) => route(config, message).rule.path));
      const dead = findShadows(bindings);
      for (const binding of bindings) expect([binding.match, dead.has(binding)]).toEqual([binding.match, !reached.has(`bindings[${binding.index}]`)]);
    }),
    { numRuns: 60 },
  );
});

test('every message has an agent of the configuration', () => {
  const config = configOf(team);
  for (const message of messages) expect(config.agents.has(route(config, message).agent)).toBe(true);
});

test('a binding to an agent that is missing never gets as far as a route', () => {
  expect(errorsIn('agents: {a: {}}\nbindings: [{agent: b, telegram: 1}]\n')).toHaveLength(1);
});
