import { afterEach, describe, expect, test } from 'vitest';
import type { Tool } from '@guildhall/sessions';
import { type World, createWorld, testTool } from './world.ts';

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const ran: string[] = [];
const does =
  (name: string): Tool['run'] =>
  async () => {
    ran.push(name);
    return { text: name, isError: false };
  };
const tools = [
  testTool('fetch', does('fetch'), { untrusted: true }),
  testTool('read', does('read'), { private: true }),
  testTool('send', does('send'), { danger: (_input, context) => (context.provenance.trust === 'untrusted' ? 'strangers may be steering it' : null) }),
];
const script = (...names: readonly string[]) =>
  `rules:\n  - match: { text: "go" }\n    steps:\n${names.map((name) => `      - call: { tool: ${name} }\n`).join('')}      - say: "end"\n`;

describe('a turn that holds strangers’ words and private ones', () => {
  const outcome = async (...names: readonly string[]) => {
    ran.length = 0;
    const world = await createWorld({ rehearsal: script(...names), tools, deps: { approvalTimeoutMs: () => 40 } });
    worlds.push(world);
    await world.ended(await world.accept('go'));
    return ran.includes('send');
  };

  test('sends nothing without a yes', async () => {
    expect(await outcome('fetch', 'read', 'send')).toBe(false);
    expect(await outcome('read', 'fetch', 'send')).toBe(false);
  });

  test('either alone does not ask', async () => {
    expect(await outcome('fetch', 'send')).toBe(true);
    expect(await outcome('read', 'send')).toBe(true);
  });
});
