import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../src/index.ts';
import { agentOf, configOf, errorsIn } from './configs.ts';

const bomb = [
  'a0: &a0 [x, x, x, x, x, x, x, x, x]',
  ...Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array.from({ length: 9 }, () => `*a${level}`).join(', ')}]`),
].join('\n');

const hostile: readonly (readonly [name: string, text: string, says: RegExp])[] = [
  ['nine levels of nine aliases', bomb, /expands to more than|more than 100 aliases/],
  ['a hundred and one aliases of a word', `model: &a x\nagents: [${'*a, '.repeat(101)}]`, /more than 100 aliases/],
  ['ninety aliases of a thousand values', `model: &a [${'x, '.repeat(1000)}]\nagents: [${'*a, '.repeat(90)}]`, /expands to more than 50000 values/],
  ['an alias of itself', 'agents: &a {x: *a}', /nest deeper than 40/],
  ['an alias of nothing', 'agents: *nobody', /Unresolved alias|no anchor before it/],
  ['a megabyte of brackets', '['.repeat(1_000_000), /nest deeper than 40/],
  ['a megabyte of braces', '{a: '.repeat(250_000), /nest deeper than 40/],
  ['lists in lists on one line', '- '.repeat(100_000), /nest deeper than 40/],
  ['question marks', '? '.repeat(100_000), /nest deeper than 40/],
  ['maps in maps by indentation', Array.from({ length: 1000 }, (_, level) => `${' '.repeat(level)}a:`).join('\n'), /nest deeper than 40|Maximum call stack/],
  ['a scalar of ten megabytes', `model: "${'x'.repeat(10_000_000)}"`, /more than 1048576/],
  ['fifty thousand keys', Array.from({ length: 50_000 }, (_, key) => `k${key}: 1`).join('\n'), /more than 60000 YAML tokens/],
  ['a control character', 'model: "\u0001"', /U\+0001/],
  ['a NUL escape', 'model: "a\\0b"', /NUL/],
  ['a JavaScript function', 'model: !!js/function "function () { globalThis.polluted = 1 }"', /js\/function is not allowed/],
  ['a Python object', 'model: !!python/object/apply:os.system ["true"]', /python\/object\/apply:os.system is not allowed/],
  ['a tag of its own', 'model: !x y', /the tag !x is not allowed/],
  ['binary', 'model: !!binary aGVsbG8=', /binary is not allowed/],
  ['a merge key', 'agents:\n  a: &a {model: openai/x}\n  b:\n    <<: *a', /merge keys/],
  ['a key twice', 'agents:\n  a: {}\n  a: {}', /f:3:3 agents.a: "a" is there twice/],
  ['a section twice', 'agents: {}\nbindings: []\nagents: {a: {}}', /f:3:1 agents: "agents" is there twice/],
  ['a tab for indentation', 'agents:\n\ta: {}', /indent with spaces/],
  ['two documents', 'model: openai/x\n---\nmodel: openai/y', /keep one document/],
  ['YAML 1.1 by directive', '%YAML 1.1\n---\nagents: {a: {default: yes}}', /only YAML 1.2/],
  ['a list as a key', '? [a]\n: 1', /keys are plain words/],
  ['__proto__ as an agent', 'agents: {__proto__: {polluted: true}}', /"__proto__" cannot be a key/],
  ['constructor as an agent', 'agents: {constructor: {prototype: {polluted: true}}}', /"constructor" cannot be a key/],
  ['prototype in a binding', 'bindings: [{agent: main, prototype: 1}]', /"prototype" cannot be a key/],
  ['__proto__ at the top', '__proto__: {agents: {evil: {}}}', /"__proto__" cannot be a key/],
];

/** The first readings of a process take twice as long as the third, because the reader is compiled meanwhile: that is no cost of a text. */
beforeAll(() => {
  const wordy = `words: &a [${'1,'.repeat(1000)}]\nagain: [${'*a,'.repeat(60)}]`;
  for (let reading = 0; reading < 3; reading += 1) parseConfig(wordy, { file: 'f' });
});

test.each(hostile)('%s is refused at once', (_, text, says) => {
  parseConfig('agents: {warm: {}}', { file: 'f' });
  const rss = process.memoryUsage().rss;
  const { errors, tookMs } = timed(text);
  expect(errors.join('\n')).toMatch(says);
  expect(tookMs).toBeLessThan(200);
  expect(process.memoryUsage().rss - rss).toBeLessThan(50 * 1024 * 1024);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

const large: readonly (readonly [name: string, text: string, says: RegExp])[] = [
  ['eight thousand keys in one map', Array.from({ length: 8000 }, (_, key) => `k${key}: 1`).join('\n'), /unknown key/],
  ['three thousand bindings that say the same', `bindings:\n${'- {agent: main, web: "1"}\n'.repeat(3000)}`, /takes every message it could/],
  ['two thousand broken bindings', `bindings:\n${'- {agnt: main}\n'.repeat(2000)}`, /unknown key "agnt"/],
  ['twenty thousand elements', `agents: [${'1,'.repeat(20_000)}]`, /expected a map, found a list|YAML tokens/],
];

test.each(large)('%s cost little', (_, text, says) => {
  const { errors, tookMs } = timed(text);
  expect(errors.join('\n')).toMatch(says);
  expect(tookMs).toBeLessThan(1500);
});

/** Processor time, so that a busy machine does not count. */
function timed(text: string): { readonly errors: readonly string[]; readonly tookMs: number } {
  const before = process.cpuUsage();
  const errors = errorsIn(text);
  const { user, system } = process.cpuUsage(before);
  return { errors, tookMs: (user + system) / 1000 };
}

test('names that objects inherit are ordinary names', () => {
  const config = configOf('agents: {valueof: {}, hasownproperty: {}}\nbindings: [{agent: valueof, telegram: "1"}]\n');
  expect([...config.agents.keys()]).toEqual(['valueof', 'hasownproperty']);
  expect(errorsIn('bindings: [{agent: main, toString: "1"}]')).toHaveLength(1);
  expect(errorsIn('model: toString/x')).toHaveLength(1);
});

test('a byte order mark and Windows line ends change nothing', () => {
  const plain = configOf('agents:\n  a: {model: openai/x}\nbindings:\n  - {agent: a, telegram: "1"}\n');
  expect(configOf('\uFEFFagents:\r\n  a: {model: openai/x}\r\nbindings:\r\n  - {agent: a, telegram: "1"}\r\n')).toEqual(plain);
  expect(errorsIn('\uFEFFagent: 1')).toEqual(errorsIn('agent: 1'));
  expect(errorsIn('agents:\r\n  a:\r\n    modle: 1\r\n')[0]).toMatch(/^f:3:5 /);
});

test('bytes that are not UTF-8 are refused', () => {
  expect(errorsIn(Buffer.from([0x6d, 0xff, 0xfe]))).toEqual(['f:1:1 the file is not UTF-8 text (save it as UTF-8)']);
  expect(configOf(new TextDecoder().decode(Buffer.from('model: openai/grün'))).model).toBe('openai/grün');
});

describe('ids keep every digit and letter they have in the file', () => {
  test.each([
    ['-100123456789012345', '-100123456789012345'],
    ['"-100123456789012345"', '-100123456789012345'],
    ['0755', '0755'],
    ['00', '00'],
    ['0x1F', '0x1F'],
    ['1e3', '1e3'],
    ['1.50', '1.50'],
    ['12:30:00', '12:30:00'],
    ['no', 'no'],
    ['on', 'on'],
    ['yes', 'yes'],
    ['true', 'true'],
    ['.inf', '.inf'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['+491701234567', '+491701234567'],
  ])('%s', (written, id) => {
    const config = configOf(
      `bindings:\n  - {agent: main, telegram: ${written}}\n  - {agent: main, platform: slack, account: ${written}, chat: ${written}, thread: ${written}}\n`,
    );
    expect(config.bindings[0]?.match.chat).toBe(id);
    expect(config.bindings[1]?.match).toEqual({ platform: 'slack', account: id, chat: id, thread: id });
  });

  test('also as keys and names of agents', () => {
    const config = configOf(
      'agents: {no: {}, on: {}, 0755: {}, 12: {}, true: {}}\nbindings: [{agent: 0755, telegram: 1}, {agent: true, slack: 1}]\nhooks: [{event: before_turn, command: [x, 007], agents: [12]}]\n',
    );
    expect([...config.agents.keys()]).toEqual(['no', 'on', '0755', '12', 'true']);
    expect(config.bindings.map((binding) => binding.agent)).toEqual(['0755', 'true']);
    expect(config.hooks[0]).toMatchObject({ agents: ['12'], run: { argv: ['x', '007'] } });
  });

  test('an empty id is a mistake', () => {
    expect(errorsIn('bindings: [{agent: main, telegram: }]')).toEqual(['f:1:36 bindings[0].telegram: expected text, found nothing']);
    expect(errorsIn('bindings: [{agent: main, telegram: ""}]')[0]).toContain('the chat id is empty');
  });
});

describe('reading never throws, whatever the text', () => {
  const wellFormed = (text: string): void => {
    const { config, errors, warnings } = parseConfig(text, { file: 'f' });
    expect(config === undefined).toBe(errors.length > 0);
    for (const error of [...errors, ...warnings]) {
      expect(error.line).toBeGreaterThan(0);
      expect(error.column).toBeGreaterThan(0);
      expect(error.message).not.toBe('');
    }
  };

  test('any string', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), wellFormed), { numRuns: 500 });
  });

  test('any pile of YAML marks', () => {
    const mark = fc.constantFrom(...'[]{}:,-?|>&*!#%@`"\'\\~<= \n\t'.split(''), '\r\n', '---', '...', '<<', '*a', '&a ', '!!', 'a', '1', ': ', '- ', '  ');
    fc.assert(
      fc.property(
        fc.array(mark, { maxLength: 60 }).map((marks) => marks.join('')),
        wellFormed,
      ),
      { numRuns: 2000 },
    );
  });

  test('any data under our keys', () => {
    const key = fc.constantFrom(
      'agents',
      'bindings',
      'model',
      'providers',
      'prices',
      'session_triggers',
      'hooks',
      'tools',
      'limits',
      'main',
      'agent',
      'telegram',
      'platform',
      'chat',
      'tools',
      'deny',
      'mcp_servers',
      'env',
      'sources',
      'allowed_targets',
      'x',
    );
    const leaf = fc.oneof(
      fc.constantFrom('main', 'coding', '*', 'openai/x', '', null, true, -1, 1e21, 'group:fs', 'env:A'),
      fc.string({ maxLength: 8 }),
      fc.integer(),
    );
    const { data } = fc.letrec((tie) => ({
      data: fc.oneof({ maxDepth: 5 }, leaf, fc.array(tie('data'), { maxLength: 3 }), fc.dictionary(key, tie('data'), { maxKeys: 4 })),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, data, { maxKeys: 5 }), (config) => wellFormed(JSON.stringify(config))),
      { numRuns: 1000 },
    );
  });

  test('a valid file with one character changed', () => {
    const text =
      'agents:\n  a: {default: true, model: openai/x, tools: {profile: coding, deny: [terminal]}}\n  b: {}\nbindings:\n  - {agent: b, telegram: "-100"}\n  - {agent: a, platform: discord, guild: 5, chat_type: group}\n';
    fc.assert(
      fc.property(fc.nat(text.length), fc.string({ unit: 'binary', maxLength: 2 }), fc.nat(2), (at, inserted, removed) => {
        wellFormed(text.slice(0, at) + inserted + text.slice(at + removed));
      }),
      { numRuns: 1000 },
    );
  });
});

test('an agent named in a text nobody reads twice stays what it is', () => {
  const text = 'agents: {a: {model: openai/x}}\n';
  expect(agentOf(configOf(text), 'a')).toEqual(agentOf(configOf(text), 'a'));
});
