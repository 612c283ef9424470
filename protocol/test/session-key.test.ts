import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SessionAddress, agentOfSessionKey, formatSessionKey, parseSessionKey } from '../src/index.ts';

const word = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text.isWellFormed());
const account = word.filter((text) => text !== 'default');
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const address: fc.Arbitrary<SessionAddress> = fc.oneof(
  word.map((agent) => ({ kind: 'agent-main' as const, agent })),
  fc.record({ plan: word, role: word }).map((role) => ({ kind: 'role' as const, ...role })),
  fc
    .record({
      agent: word,
      platform: word,
      account: optional(account),
      chatType: fc.constantFrom('dm' as const, 'group' as const, 'channel' as const, 'thread' as const),
      chat: optional(word),
      thread: optional(word),
      user: optional(word),
    })
    .map((parts) => ({
      kind: 'agent-chat' as const,
      ...(Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as typeof parts & {
        account: string;
        chat: string;
        thread: string;
        user: string;
      }),
    })),
);

describe('session keys', () => {
  test('parsing is the exact inverse of formatting, whatever the ids hold', () => {
    fc.assert(
      fc.property(address, (one) => {
        expect(parseSessionKey(formatSessionKey(one))).toEqual({ ok: true, value: one });
      }),
    );
  });

  test('two different addresses never share a key', () => {
    fc.assert(
      fc.property(
        address,
        address,
        (a, b) =>
          (formatSessionKey(a) === formatSessionKey(b)) === (JSON.stringify(a, Object.keys(a).toSorted()) === JSON.stringify(b, Object.keys(b).toSorted())),
      ),
    );
  });

  test('the forms of the contract', () => {
    expect(formatSessionKey({ kind: 'agent-main', agent: 'coder' })).toBe('agent:coder:main');
    expect(
      formatSessionKey({ kind: 'agent-chat', agent: 'coder', platform: 'telegram', account: 'default', chatType: 'group', chat: '-100:1', user: 'a=b' }),
    ).toBe('agent:coder:telegram:group:chat=-100%3A1:user=a%3Db');
    expect(formatSessionKey({ kind: 'agent-chat', agent: 'coder', platform: 'telegram', account: 'work', chatType: 'dm' })).toBe(
      'agent:coder:telegram~work:dm',
    );
    expect(formatSessionKey({ kind: 'role', plan: 'a:b', role: 'lead' })).toBe('role:a%3Ab:lead');
    expect(agentOfSessionKey('agent:coder:telegram:dm:user=7')).toBe('coder');
  });

  test.each([
    '',
    'agent',
    'agent:',
    'agent:coder',
    'agent:coder:telegram',
    'agent:coder:telegram:party',
    'agent:coder:telegram:dm:chat',
    'agent:coder:telegram:dm:chat=1:chat=2',
    'agent:co%64er:main',
    'agent:%:main',
    'role:p:r:x',
    'agent:a~b~c:main',
  ])('refuses %j', (key) => expect(parseSessionKey(key).ok).toBe(false));
});
