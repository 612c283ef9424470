import { formatSessionKey } from '@guildhall/protocol';
import { describe, expect, test } from 'vitest';
import { sessionAddress, type MessageFacts } from '../src/index.ts';
import { agentOf, configOf } from './configs.ts';

const config = configOf('agents: {main: {}, shy: {dm_scope: per_peer}}');
const keyOf = (agent: string, facts: MessageFacts): string => formatSessionKey(sessionAddress(agentOf(config, agent), facts));

describe('direct messages', () => {
  test('share the main session of the agent', () => {
    expect(keyOf('main', { platform: 'telegram', peer: '42' })).toBe('agent:main:main');
    expect(keyOf('main', { platform: 'slack', account: 'work', peer: 'U1', chat: 'D9', chatType: 'dm' })).toBe('agent:main:main');
  });

  test('or have one for each person, platform and account', () => {
    expect(keyOf('shy', { platform: 'telegram', peer: '42' })).toBe('agent:shy:telegram:dm:user=42');
    expect(keyOf('shy', { platform: 'telegram', peer: '43' })).toBe('agent:shy:telegram:dm:user=43');
    expect(keyOf('shy', { platform: 'slack', peer: '42', chatType: 'dm' })).toBe('agent:shy:slack:dm:user=42');
    expect(keyOf('shy', { platform: 'slack', account: 'work', peer: '42', chatType: 'dm' })).toBe('agent:shy:slack~work:dm:user=42');
    expect(keyOf('shy', { platform: 'slack', peer: '42', chatType: 'dm', thread: '7' })).toBe('agent:shy:slack:dm:thread=7:user=42');
  });

  test('of somebody without a name are told apart by their chat', () => {
    expect(keyOf('shy', { platform: 'web', chat: 'c1', chatType: 'dm' })).toBe('agent:shy:web:dm:user=c1');
  });
});

describe('other chats', () => {
  test('have a session each, whoever writes', () => {
    expect(keyOf('main', { platform: 'telegram', chat: '-100', peer: '42', chatType: 'group' })).toBe('agent:main:telegram:group:chat=-100');
    expect(keyOf('shy', { platform: 'telegram', chat: '-100', peer: '43', chatType: 'group' })).toBe('agent:shy:telegram:group:chat=-100');
  });

  test('and one for each thread', () => {
    expect(keyOf('main', { platform: 'slack', chat: 'C1', thread: '1.2', chatType: 'thread' })).toBe('agent:main:slack:thread:chat=C1:thread=1.2');
  });
});

test('two agents never share a session', () => {
  const facts: MessageFacts = { platform: 'telegram', chat: '-100', chatType: 'group' };
  expect(keyOf('main', facts)).not.toBe(keyOf('shy', facts));
});

test('an id cannot imitate another key', () => {
  expect(keyOf('main', { platform: 'telegram', chat: '1:thread=2', chatType: 'group' })).toBe('agent:main:telegram:group:chat=1%3Athread%3D2');
});
