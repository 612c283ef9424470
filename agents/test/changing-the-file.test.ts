import { expectDone } from '@guildhall/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addAgentToConfig, diffConfigs } from '../src/index.ts';
import { configOf } from './configs.ts';

describe('adding an agent', () => {
  const text = `# Our team
agents:
  # the boss
  main: {default: true} # keep

  coder:
    model: anthropic/claude-sonnet-4   # good at it
    tools: coding

bindings:
  - {agent: coder, telegram: -100123456789012345} # the long one
  - agent: main
    whatsapp: "*"
`;

  test('keeps comments, order and ids', () => {
    const result = expectDone(
      addAgentToConfig(text, {
        id: 'qa',
        agent: { model: 'openai/x', tools: { profile: 'coding', deny: ['terminal'] } },
        bindings: [{ agent: 'qa', telegram: '-5' }],
      }),
    );
    for (const kept of ['# Our team', '# the boss', '# keep', '# good at it', '# the long one']) expect(result).toContain(kept);
    const config = configOf(result);
    expect([...config.agents.keys()]).toEqual(['main', 'coder', 'qa']);
    expect(config.bindings.map((binding) => binding.match.chat)).toEqual(['-100123456789012345', undefined, '-5']);
    expect(config.agents.get('qa')).toMatchObject({ model: 'openai/x', policy: [{ deny: ['terminal'] }] });
    for (const id of ['main', 'coder']) expect(config.agents.get(id)).toEqual(configOf(text).agents.get(id));
  });

  test.each(['', '# empty\n', 'agents:\n', 'agents: {}\n', 'model: openai/x\n'])('to %j leaves the main agent there was', (before) => {
    const config = configOf(expectDone(addAgentToConfig(before, { id: 'qa', agent: {}, bindings: [{ agent: 'qa', web: 'c' }] })));
    expect([...config.agents.keys()].toSorted()).toEqual(['main', 'qa']);
    expect(config.defaultAgent).toBe('main');
    expect(config.bindings).toHaveLength(1);
  });

  test.each([
    ['an agent that is there', text, { id: 'coder', agent: {} }, 'already-exists'],
    ['an id that is none', text, { id: 'Q A', agent: {} }, 'invalid-config'],
    ['a reserved name', text, { id: '__proto__', agent: {} }, 'invalid-config'],
    ['a field that is none', text, { id: 'qa', agent: { modle: 'x' } }, 'invalid-config'],
    ['a second default', text, { id: 'qa', agent: { default: true } }, 'invalid-config'],
    ['a binding that never matches', text, { id: 'qa', agent: {}, bindings: [{ agent: 'qa', whatsapp: '*' }] }, 'invalid-config'],
    ['anything to a file with errors', 'agents: {a: {modle: x}}', { id: 'qa', agent: {} }, 'invalid-config'],
  ])('%s is refused', (_, before, added, code) => {
    const answer = addAgentToConfig(before, added);
    expect(answer.ok ? answer.value : answer.refusal.code).toBe(code);
  });
});

describe('the difference of two files', () => {
  test('in lines and in keys', () => {
    const before = 'agents:\n  a: {model: openai/x, tools: [todo]}\n  b: {}\n';
    const after = 'agents:\n  # changed\n  a: {model: openai/y, tools: [todo, memory]}\n  c: {}\n';
    expect(diffConfigs(before, after)).toEqual({
      lines: [
        { sign: ' ', text: 'agents:' },
        { sign: '-', text: '  a: {model: openai/x, tools: [todo]}' },
        { sign: '-', text: '  b: {}' },
        { sign: '+', text: '  # changed' },
        { sign: '+', text: '  a: {model: openai/y, tools: [todo, memory]}' },
        { sign: '+', text: '  c: {}' },
      ],
      keys: [
        { path: 'agents.a.model', change: 'changed' },
        { path: 'agents.a.tools[1]', change: 'added' },
        { path: 'agents.b', change: 'removed' },
        { path: 'agents.c', change: 'added' },
      ],
    });
  });

  test('comments and layout are no change of keys', () => {
    expect(diffConfigs('agents: {a: {}}\n', '# hi\nagents:\n  a: {}\n').keys).toEqual([]);
    expect(diffConfigs('bindings: [{agent: main, web: 1}]', 'bindings: [{agent: main, web: "1"}]').keys).toEqual([]);
  });

  test('a text that is not YAML still has lines', () => {
    expect(diffConfigs('a: [', 'a: []')).toEqual({
      lines: [
        { sign: '-', text: 'a: [' },
        { sign: '+', text: 'a: []' },
      ],
      keys: null,
    });
  });

  test('applying the lines to the one gives the other', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 });
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const diff = diffConfigs([...before, 'end'].join('\n'), [...after, 'end'].join('\n')).lines;
        expect(diff.filter(({ sign }) => sign !== '+').map(({ text }) => text)).toEqual([...before, 'end']);
        expect(diff.filter(({ sign }) => sign !== '-').map(({ text }) => text)).toEqual([...after, 'end']);
      }),
    );
  });

  test('two long files that share nothing cost little', () => {
    const long = (mark: string): string => Array.from({ length: 5000 }, (_, line) => `# ${mark}${line}`).join('\n');
    expect(diffConfigs(long('a'), long('b')).lines).toHaveLength(10_000);
  });
});
