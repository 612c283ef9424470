/** Saving the configuration file is enough: what is narrower bites at the next call, what is wrong changes nothing, and every version can come back. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { statusView, type StatusView } from '@guildhall/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fakeProvider, says } from '../../runtimes/test/fake-provider.ts';
import { type DaemonHome, type DaemonProcess, createHome, startDaemonProcess } from '../harness/daemon-process.ts';
import { guildhall } from './command-line.ts';
import { ask, ending, eventsOf, pendingApproval, rehearsalOf, resultsOf, send, until } from './conversation.ts';

const rehearsal = rehearsalOf([
  {
    match: { text: 'build' },
    steps: [
      { call: { tool: 'write_file', args: { path: 'before.txt', content: 'x' } } },
      { call: { tool: 'terminal', args: { command: ['touch', 'touched.txt'] } } },
      { call: { tool: 'write_file', args: { path: 'after.txt', content: 'x' } } },
      { say: 'built' },
    ],
  },
  { say: 'hello from {agent}' },
]);

const written = (tools: string) => `model: rehearsal/default\nagents:\n  coder: { tools: ${tools} }\n`;

let place: DaemonHome;
let daemon: DaemonProcess;

beforeEach(async () => {
  place = createHome(written('coding'), rehearsal);
  daemon = await startDaemonProcess(place);
});

afterEach(async () => {
  await daemon.stop();
  place.remove();
});

async function readStatus(): Promise<StatusView> {
  return statusView.parse((await daemon.request('GET', '/v1/status'))?.body);
}

/** Saves the file as an editor does, and waits until the daemon has seen it. */
async function save(text: string, seen: (config: StatusView['config']) => boolean): Promise<StatusView['config']> {
  writeFileSync(place.configFile, text);
  return until('the saved configuration in the status', async () => {
    const { config } = await readStatus();
    return seen(config) ? config : undefined;
  });
}

const has = (file: string) => existsSync(path.join(place.home, 'agents', 'coder', file));

describe('a policy that is made narrower while a turn runs', () => {
  test('bites at the next call of that turn', async () => {
    const { turnId } = await send(daemon, 'coder', 'build');
    const approval = await pendingApproval(daemon, turnId);
    await save(written('{ profile: coding, deny: [write_file] }'), ({ rev }) => rev === 2);
    expect((await daemon.request('POST', `/v1/approvals/${approval.id}/approve`, {}))?.status).toBe(200);
    const turn = await ending(daemon, turnId);
    const results = await resultsOf(daemon, turn);
    expect(results.map(({ tool, outcome }) => [tool, outcome])).toEqual([
      ['write_file', 'done'],
      ['terminal', 'done'],
      ['write_file', 'refused'],
    ]);
    expect(results[2]?.text).toMatch(/^Refused by policy\. .*write_file/);
    expect([has('before.txt'), has('touched.txt'), has('after.txt')]).toEqual([true, true, false]);
  });

  test('bites for a call that waits for a yes, too', async () => {
    const { turnId } = await send(daemon, 'coder', 'build');
    const approval = await pendingApproval(daemon, turnId);
    await save(written('{ profile: coding, deny: [terminal] }'), ({ rev }) => rev === 2);
    await daemon.request('POST', `/v1/approvals/${approval.id}/approve`, {});
    const results = await resultsOf(daemon, await ending(daemon, turnId));
    expect(results.map(({ tool, outcome }) => [tool, outcome])).toEqual([
      ['write_file', 'done'],
      ['terminal', 'refused'],
      ['write_file', 'done'],
    ]);
    expect([has('touched.txt'), has('after.txt')]).toEqual([false, true]);
  });
});

describe('an edit that is wrong', () => {
  const wrong = written('coding').replace('tools:', 'toolz:');

  test('leaves the last good one in force and says so, until it is mended', async () => {
    const { problem } = await save(wrong, ({ valid }) => !valid);
    expect(problem).toMatch(/guildhall\.yaml:3:\d+ agents\.coder: unknown key "toolz".*tools/);
    expect((await readStatus()).config.rev).toBe(1);
    expect(await ask(daemon, 'coder', 'hi')).toMatchObject({ status: 'completed', answer: expect.stringContaining('hello from coder') });
    const rejected = (await eventsOf(daemon, 'installation')).find(({ type }) => type === 'config.rejected');
    expect(JSON.stringify(rejected?.data)).toContain('toolz');
    const typed = await guildhall(place, 'status');
    expect(typed.stdout + typed.stderr).toContain('toolz');
    await save(`${written('coding')}# mended\n`, ({ valid }) => valid);
    expect((await readStatus()).config.problem).toBeUndefined();
  });

  test('does not keep the daemon from starting', async () => {
    await save(wrong, ({ valid }) => !valid);
    await daemon.stop();
    daemon = await startDaemonProcess(place);
    expect((await readStatus()).config).toMatchObject({ rev: 1, valid: false });
    expect(daemon.output()).toMatch(/version 1\) is in force until the file is mended/);
    expect((await ask(daemon, 'coder', 'hi')).status).toBe('completed');
  });
});

test('an earlier version comes back, in force and in the file', async () => {
  await save(written('minimal'), ({ rev }) => rev === 2);
  expect((await guildhall(place, 'config', 'revert', '1')).code).toBe(0);
  expect((await readStatus()).config).toMatchObject({ rev: 3, valid: true });
  expect(readFileSync(place.configFile, 'utf8')).toBe(written('coding'));
  expect(await eventsOf(daemon, 'installation')).toContainEqual(expect.objectContaining({ type: 'config.reverted', actor: 'operator' }));
  const { turnId } = await send(daemon, 'coder', 'build');
  await daemon.request('POST', `/v1/approvals/${(await pendingApproval(daemon, turnId)).id}/deny`, {});
  await ending(daemon, turnId);
  expect(has('before.txt')).toBe(true);
});

test('an agent added on the command line answers at once', async () => {
  expect((await guildhall(place, 'chat', '--agent', 'tester', 'hi')).code).not.toBe(0);
  const added = await guildhall(place, 'agents', 'add', 'tester', '--description', 'Tries things', '--tools', 'minimal', '--bind', 'telegram=-100123', '--yes');
  expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('tester is in') });
  const chat = await guildhall(place, 'chat', '--agent', 'tester', 'hi');
  expect(chat).toMatchObject({ code: 0, stdout: expect.stringContaining('hello from tester') });
  const routed = await daemon.request('POST', '/v1/messages', { platform: 'telegram', chat: '-100123', messageId: 'm1', text: 'hi' });
  expect(routed?.body).toMatchObject({ agent: 'tester' });
  expect(readFileSync(place.configFile, 'utf8')).toContain('tester');
});

test('a provider that is added answers the next message', async () => {
  await using provider = await fakeProvider(says('hello from the new model'));
  expect((await ask(daemon, 'coder', 'hi')).answer).toContain('hello from coder');
  const added = { providers: { fresh: { type: 'openai-compatible', base_url: `${provider.url}/v1` } }, agents: { coder: { model: 'fresh/m' } } };
  await save(JSON.stringify(added), ({ rev }) => rev === 2);
  expect(await ask(daemon, 'coder', 'hi')).toMatchObject({ status: 'completed', answer: 'hello from the new model', usage: { rehearsal: false } });
});
