import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@guildhall/kernel';
import type { ModelMessage, ModelRequest } from '@guildhall/sessions';
import { afterAll, expect, test } from 'vitest';
import { createRehearsalRuntime, createRuntime } from '../src/index.ts';
import { type Ran, ask, finishOf, run } from './steps.ts';

const folder = mkdtempSync(join(tmpdir(), 'guildhall-rehearsal-'));
afterAll(() => rmSync(folder, { recursive: true }));

let scripts = 0;

/** Runs one step of a script; a number of scripts lie in one folder, so each has a name of its own. */
async function play(script: string, more: Partial<ModelRequest> = {}): Promise<Ran> {
  scripts += 1;
  writeFileSync(join(folder, `script-${scripts}.yaml`), script);
  return run(createRehearsalRuntime({ folder }), ask(`rehearsal/script-${scripts}`, more));
}

const says = (text: string): readonly ModelMessage[] => [{ speaker: 'user', text }];

/** Goes on with steps, answering every call with `result`, until the model calls no more tools. */
async function playOut(
  model: string,
  text: string,
  result: (tool: string) => string,
  more: Partial<ModelRequest> = {},
): Promise<{ readonly steps: readonly Ran[]; readonly tools: readonly unknown[] }> {
  const runtime = createRehearsalRuntime({ folder });
  const messages: ModelMessage[] = [...says(text)];
  const steps: Ran[] = [];
  const tools: unknown[] = [];
  for (let taken = 0; taken < 20; taken += 1) {
    const ran = await run(runtime, ask(model, { ...more, messages }));
    steps.push(ran);
    const calls = ran.parts.filter((part) => part.type === 'tool-call').map(({ callId, tool, args }) => ({ callId, tool, args }));
    if (calls.length === 0) return { steps, tools };
    tools.push(...calls.map(({ tool, args }) => ({ tool, args })));
    messages.push(
      { speaker: 'assistant', text: ran.text, toolCalls: calls },
      ...calls.map(({ callId, tool }) => ({ speaker: 'tool' as const, callId, tool, text: result(tool), isError: false })),
    );
  }
  throw new Error('the script does not end');
}

test('the built-in script says what it is, what it can show and how to connect a model', async () => {
  const ran = await run(createRehearsalRuntime({}), ask('rehearsal/default', { agent: 'coder', messages: says('good morning') }));
  expect(ran.text).toContain('I am coder, and this is a rehearsal: no model is connected');
  expect(ran.text).toContain('You said: "good morning"');
  expect(ran.text).toContain('ANTHROPIC_API_KEY');
  expect(finishOf(ran)).toMatchObject({ reason: 'stop', usage: { model: 'rehearsal/default', rehearsal: true, costMicroUsd: 0 } });
  expect(ran.parts.length).toBeGreaterThan(10);
});

test('the built-in script writes, reads, runs and sums up', async () => {
  const { steps, tools } = await playOut('rehearsal/default', 'Please write a file "hello.txt" saying Good Morning, all!', (tool) =>
    tool === 'terminal' ? '[data from terminal #17]\nGood Morning, all!\n[end of data from terminal #17]' : 'ok',
  );
  expect(tools).toEqual([
    { tool: 'write_file', args: { path: 'hello.txt', content: 'Good Morning, all!\n' } },
    { tool: 'read_file', args: { path: 'hello.txt' } },
    { tool: 'terminal', args: { command: ['cat', 'hello.txt'] } },
  ]);
  expect(steps.at(-1)?.text).toBe('hello.txt is in my workspace, and cat shows:\nGood Morning, all!');
  for (const step of steps) expect(finishOf(step).usage.rehearsal).toBe(true);
});

test('the built-in script hands work over, takes note of what was handed over, and passes on what came back', async () => {
  const asked = await playOut('rehearsal/default', 'Hand over to qa: look at the page', () => 'queued');
  expect(asked.tools).toEqual([{ tool: 'dispatch_handoff', args: { target: 'qa', task: 'look at the page' } }]);
  const round = await playOut('rehearsal/default', 'Is the release ready?', () => 'queued', { agent: 'director' });
  expect(round.tools).toMatchObject(Array.from({ length: 4 }, () => ({ tool: 'dispatch_handoff' })));
  const work = await playOut(
    'rehearsal/default',
    'Work handed to you (qa) by director: h1.\n\n[task of h1 #16]\nlook at the page\n[end of task of h1 #16]\n\nAnswer.',
    () => '',
  );
  expect(work.tools).toEqual([]);
  expect(work.steps.at(-1)?.text).toContain('It was: "look at the page"');
  const told =
    'Of what you handed over, 1 of 1 has ended. Sum up; this is the only time you are told.\n\nh1 to qa: succeeded\n[result of h1 #9]\nread this: ok\n[end of result of h1 #9]';
  const back = await playOut('rehearsal/default', told, () => '');
  expect(back.tools).toEqual([]);
  expect(back.steps.at(-1)?.text).toMatch(/pass on what came back\.\n\nh1 to qa: succeeded/);
});

test('every step of a turn has call ids of its own', async () => {
  const ids: string[] = [];
  const messages: ModelMessage[] = [...says('write a file a.txt')];
  for (let taken = 0; taken < 3; taken += 1) {
    const ran = await run(createRehearsalRuntime({}), ask('rehearsal/default', { messages }));
    const call = ran.parts.find((part) => part.type === 'tool-call');
    if (call === undefined) break;
    ids.push(call.callId);
    messages.push({ speaker: 'assistant', text: '', toolCalls: [call] }, { speaker: 'tool', callId: call.callId, tool: call.tool, text: 'ok', isError: false });
  }
  expect(ids).toHaveLength(3);
  expect(new Set(ids).size).toBe(3);
});

test('the same step gives the same answer', async () => {
  const one = await run(createRehearsalRuntime({}), ask('rehearsal/default'));
  expect(await run(createRehearsalRuntime({}), ask('rehearsal/default'))).toEqual(one);
});

test('the first rule that fits is played; agent, text and after_tool must all hold', async () => {
  const script = `
rules:
  - match: { agent: qa, text: deploy }
    say: qa deploys
  - match: { agent: [sre, ops], text: [deploy, release] }
    say: "{agent} deploys"
  - match: { after_tool: ["read_file"], text: deploy }
    say: "read {tool}: {result}"
  - say: anyone
`;
  expect((await play(script, { agent: 'qa', messages: says('DEPLOY it') })).text).toBe('qa deploys');
  expect((await play(script, { agent: 'ops', messages: says('a release') })).text).toBe('ops deploys');
  expect((await play(script, { agent: 'coder', messages: says('deploy') })).text).toBe('anyone');
  const after: readonly ModelMessage[] = [
    ...says('deploy'),
    { speaker: 'assistant', text: '', toolCalls: [{ callId: 'a', tool: 'read_file', args: {} }] },
    { speaker: 'tool', callId: 'a', tool: 'read_file', text: 'v1', isError: false },
  ];
  expect((await play(script, { agent: 'coder', messages: after })).text).toBe('read read_file: v1');
});

test('a rule calls any tool with any arguments, also wrong ones, and several at once', async () => {
  const ran = await play(`
rules:
  - calls:
      - { tool: no_such_tool }
      - { tool: read_file, args: "not an object" }
      - { tool: terminal, args: { command: ["echo", "{text}"], deep: [{ a: "{text}" }, 1, null, true] } }
`);
  const calls = ran.parts.filter((part) => part.type === 'tool-call');
  expect(calls.map(({ tool, args }) => ({ tool, args }))).toEqual([
    { tool: 'no_such_tool', args: {} },
    { tool: 'read_file', args: 'not an object' },
    { tool: 'terminal', args: { command: ['echo', 'hello'], deep: [{ a: 'hello' }, 1, null, true] } },
  ]);
  expect(finishOf(ran).reason).toBe('tool-calls');
});

test('repeat plays the last step for ever; without it a turn comes to an end by itself', async () => {
  const looping = `rules: [{ steps: [{ call: { tool: read_file, args: { path: nowhere } } }], repeat: true }]`;
  writeFileSync(join(folder, 'looping.yaml'), looping);
  await expect(playOut('rehearsal/looping', 'go', () => 'no such file')).rejects.toThrow('does not end');
  writeFileSync(join(folder, 'ending.yaml'), looping.replace(', repeat: true', ''));
  const { steps } = await playOut('rehearsal/ending', 'go', () => 'contents');
  expect(steps.at(-1)?.text).toBe('Done. read_file answered: contents');
});

test('a new message in a running turn begins the rules anew', async () => {
  const steered: readonly ModelMessage[] = [...says('first'), { speaker: 'assistant', text: 'a', toolCalls: [] }, ...says('second')];
  expect((await play('rules: [{ say: "heard {text}" }]', { messages: steered })).text).toBe('heard second');
});

test('what is filled in is not read as a template again, and other braces stay', async () => {
  const ran = await play('rules: [{ say: "{text} {nothing} {} { x }" }]', { messages: says('{agent}') });
  expect(ran.text).toBe('{agent} {nothing} {} { x }');
});

test('a script fails as a provider would, after what it said', async () => {
  const ran = await play('rules: [{ say: half of it, fail: cut-off }]');
  expect(ran.text).toBe('half of it');
  expect(ran.failure).toMatchObject({ code: 'cut-off', retryable: true });
  expect((await play('rules: [{ fail: refused-credential }]')).failure).toMatchObject({ code: 'refused-credential', retryable: false });
});

test('a pause between pieces is kept, and ends when the step is stopped', async () => {
  writeFileSync(join(folder, 'slow.yaml'), 'rules: [{ match: { text: hello }, say: one two three, pace_ms: 60000 }]');
  const slept: number[] = [];
  const clock = { ...systemClock, sleep: (ms: number) => Promise.resolve(void slept.push(ms)) };
  expect((await run(createRehearsalRuntime({ folder, clock }), ask('rehearsal/slow'))).text).toBe('one two three');
  expect(slept).toEqual([60_000, 60_000, 60_000]);
  const before = performance.now();
  const stopped = await run(createRehearsalRuntime({ folder }), ask('rehearsal/slow'), AbortSignal.timeout(30));
  expect(stopped.failure).toMatchObject({ code: 'aborted' });
  expect(performance.now() - before).toBeLessThan(5000);
});

test('a script that is wrong says where and what', async () => {
  const wrong = [
    ['rules: [', /^script-\d+\.yaml:1: /],
    ['rules:\n  - say: a\n  - sy: b\n', /^script-\d+\.yaml:3: rules\.1: .*sy/],
    ['rules:\n  - match: { agent: a, txt: b }\n    say: x\n', /^script-\d+\.yaml:2: rules\.0\.match: .*txt/],
    ['rules:\n  - say: x\n    steps: [{ say: y }]\n', /:2: rules\.0: a rule has either steps/],
    ['rules:\n  - match: { after_tool: x }\n    steps: [{ say: y }]\n', /:3: rules\.0\.steps: a rule with after_tool/],
    ['rules:\n  - match:\n      text: "{file} please"\n    say: x\n', /:3: the text "\{file\} please" has to begin with words/],
    ['rules:\n  - match: { text: "a {b}{c}" }\n    say: x\n', /two holes/],
    ['rules:\n  - match: { text: "a {result}" }\n    say: x\n', /needs another name/],
    ['rules:\n  - fail: nonsense\n', /:2: rules\.0\.fail/],
    ['rules: []\n', /:1: rules/],
    ['', /:1: the script/],
    ['- a\n', /:1: the script/],
  ] as const;
  for (const [script, message] of wrong) {
    const { failure } = await play(script);
    expect(failure).toMatchObject({ code: 'not-configured', retryable: false });
    expect(failure?.message).toMatch(message);
  }
});

test('rehearsal/default is rehearsal.yaml of the folder where there is one, and changes count at once', async () => {
  const own = mkdtempSync(join(tmpdir(), 'guildhall-rehearsal-'));
  const runtime = createRehearsalRuntime({ folder: own });
  const answer = async () => (await run(runtime, ask('rehearsal/default'))).text;
  expect(await answer()).toContain('this is a rehearsal');
  writeFileSync(join(own, 'rehearsal.yaml'), 'rules: [{ say: one }]');
  expect(await answer()).toBe('one');
  writeFileSync(join(own, 'rehearsal.yaml'), 'rules: [{ say: two }]');
  utimesSync(join(own, 'rehearsal.yaml'), 1, 1);
  expect(await answer()).toBe('two');
  rmSync(own, { recursive: true });
});

test('a script’s name does not lead out of its folder', async () => {
  const inside = join(folder, 'inside');
  mkdirSync(inside);
  writeFileSync(join(folder, 'outside.yaml'), 'rules: [{ say: outside }]');
  symlinkSync(join(folder, 'outside.yaml'), join(inside, 'link.yaml'));
  const runtime = createRehearsalRuntime({ folder: inside });
  for (const name of ['../outside.yaml', 'link', 'link.yaml', join(folder, 'outside.yaml'), '.', '..', '', 'a//b', '/etc/passwd', '..%2foutside']) {
    const ran = await run(runtime, ask(`rehearsal/${name}`));
    expect(ran.text).toBe('');
    expect(ran.failure).toMatchObject({ code: 'not-configured' });
  }
});

test('all models are behind one runtime; a rehearsal stands in for a model only where it is named', async () => {
  const runtime = createRuntime({ env: {}, clock: systemClock });
  expect((await run(runtime, ask('rehearsal/default'))).text).toContain('rehearsal');
  expect((await run(runtime, ask('anthropic/claude-sonnet-5'))).failure).toMatchObject({ code: 'not-configured' });
  const ran = await run(runtime, ask('anthropic/claude-sonnet-5', { fallbackModel: 'rehearsal/default' }));
  expect(finishOf(ran).usage).toMatchObject({ model: 'rehearsal/default', rehearsal: true });
});
