import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { systemClock, systemIds } from '@guildhall/kernel';
import { expectDone } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { createToolCatalogue, createWorkspaces } from '@guildhall/tools';
import { afterEach, describe, expect, test } from 'vitest';
import { type World, type WorldOptions, createWorld } from './world.ts';

const ids = systemIds(() => systemClock.now());
const commands = {
  same: { command: ['sh', 'deploy.sh', 'staging'] },
  'other-words': { command: ['sh', 'deploy.sh', 'production'] },
  'other-folder': { command: ['sh', 'deploy.sh', 'staging'], cwd: 'copy' },
  'inside-a-shell': { command: ['sh', '-c', 'sh deploy.sh staging'] },
  'behind-env': { command: ['env', 'sh', 'deploy.sh', 'staging'] },
  'as-a-line': { command: 'sh deploy.sh staging', shell: true },
};
const rehearsal = `rules:\n${Object.entries(commands)
  .map(
    ([name, args]) =>
      `  - match: { text: "${name}" }\n    steps:\n      - call: { tool: terminal, args: ${JSON.stringify(args)} }\n      - say: "said: {result}"\n`,
  )
  .join('')}`;

async function terminal(): Promise<Tool> {
  const workspaces = createWorkspaces({ clock: systemClock, ids });
  const catalogue = createToolCatalogue({
    clock: systemClock,
    ids,
    installation: 'allowed-for-always',
    workspaces,
    workspaceOf: async () => '/nowhere',
    agentTools: () => ({ memoryEnabled: false, mcpServers: new Map() }),
    ports: {
      todos: { read: async () => [], write: async () => {} },
      sessions: { searchEntries: async () => [] },
      children: { runChild: async () => ({ ok: true, value: '' }) },
      reviews: { approvedHash: async () => null, record: async () => {} },
    },
  });
  const found = (await catalogue.toolsFor('main')).find(({ name }) => name === 'terminal');
  if (found === undefined) throw new Error('there is no terminal');
  return found;
}

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

async function create(options: Partial<WorldOptions> = {}): Promise<World> {
  const world = await createWorld({ rehearsal, tools: [await terminal()], ...options });
  worlds.push(world);
  await mkdir(path.join(world.workspace, 'copy'));
  await writeScript(world, 'echo deployed to $1');
  await writeFile(path.join(world.workspace, 'copy', 'deploy.sh'), 'echo deployed to $1');
  return world;
}

function writeScript({ workspace }: World, text: string): Promise<void> {
  return writeFile(path.join(workspace, 'deploy.sh'), text);
}

async function asked(world: World) {
  for (;;) {
    const [pending] = await world.store.approvals.listApprovals({ status: 'pending', limit: 5 });
    if (pending !== undefined) return pending;
    await world.deps.clock.sleep(5);
  }
}

/** A world in which a person has allowed `same` for always. */
async function allowed(options: Partial<WorldOptions> = {}): Promise<World> {
  const world = await create(options);
  const turn = await world.accept('same');
  expectDone(await world.store.approvals.answerApproval((await asked(world)).id, 'always', 'operator'));
  expect((await world.ended(turn)).answer).toContain('deployed to staging');
  return world;
}

/** Waits for the question, says no, and sees that nothing ran. */
async function asksAgain(world: World, ...accept: Parameters<World['accept']>): Promise<void> {
  const turn = await world.accept(...accept);
  const question = await asked(world);
  expectDone(await world.store.approvals.answerApproval(question.id, 'deny', 'operator', 'not this'));
  const { answer } = await world.ended(turn);
  expect(answer).toContain('not this');
  expect(answer).not.toContain('deployed');
}

describe('a command that was allowed for always', () => {
  test('runs without asking, in other sessions too, and each use is on record', async () => {
    const world = await allowed();
    for (const chat of ['c', 'another']) expect((await world.ended(await world.accept('same', { chat }))).answer).toContain('deployed to staging');
    const [standing] = await world.store.standingApprovals.listStandingApprovals();
    expect(standing).toMatchObject({ agent: 'main', tool: 'terminal', grantedBy: 'operator', uses: 2 });
    expect(standing?.bound).toMatchObject({
      argv: commands.same.command,
      cwd: '.',
      files: [{ path: 'deploy.sh', sha256: expect.stringMatching(/^[0-9a-f]{64}$/u) as string }],
    });
    expect(await world.store.approvals.listApprovals({ limit: 10 })).toHaveLength(1);
    const decisions = await world.store.decisions.listDecisions({ limit: 10 });
    expect(decisions.filter(({ approvalId }) => approvalId === standing?.id)).toHaveLength(2);
  });

  test.each(['other-words', 'other-folder', 'inside-a-shell', 'behind-env', 'as-a-line'])('asks again for %s', async (text) => {
    await asksAgain(await allowed(), text);
  });

  test('asks again when a file that it names has changed', async () => {
    const world = await allowed();
    await writeScript(world, 'echo deployed elsewhere');
    await asksAgain(world, 'same');
    await writeScript(world, 'echo deployed to $1');
    expect((await world.ended(await world.accept('same'))).answer).toContain('deployed to staging');
  });

  test('asks again for another agent', async () => {
    await asksAgain(await allowed(), 'same', { agent: 'coder' });
  });

  test('asks again in a chain that is forbidden an action, and in one that a stranger began; there it cannot be allowed for always', async () => {
    const world = await allowed({ deps: { actions: () => new Map([['db_write', { tools: [], argv: [['psql']], hosts: [], paths: [] }]]) } });
    await asksAgain(world, 'same', { chain: { forbidden: ['db_write'] } });
    await asksAgain(world, 'same', { chain: { trust: 'untrusted' } });
    const turn = await world.accept('other-words', { chain: { forbidden: ['db_write'] } });
    const question = await asked(world);
    expect(question.standingDigest).toBeUndefined();
    expect(await world.store.approvals.answerApproval(question.id, 'always', 'operator')).toMatchObject({ ok: false, refusal: { code: 'not-allowed' } });
    expectDone(await world.store.approvals.answerApproval(question.id, 'approve', 'operator'));
    expect((await world.ended(turn)).answer).toContain('deployed to production');
  });

  test('asks again once it is revoked', async () => {
    const world = await allowed();
    const [standing] = await world.store.standingApprovals.listStandingApprovals();
    expectDone(await world.store.standingApprovals.forgetStandingApproval(standing?.id ?? '', 'operator'));
    await asksAgain(world, 'same');
  });
});

test('a line for a shell can be allowed once, not for always', async () => {
  const world = await create();
  const turn = await world.accept('as-a-line');
  const question = await asked(world);
  expect(await world.store.approvals.answerApproval(question.id, 'always', 'operator')).toMatchObject({ ok: false, refusal: { code: 'not-allowed' } });
  expectDone(await world.store.approvals.answerApproval(question.id, 'approve', 'operator'));
  expect((await world.ended(turn)).answer).toContain('deployed to staging');
});

test('a script that is changed while a person is asked about it does not run', async () => {
  const world = await create();
  const turn = await world.accept('same');
  const question = await asked(world);
  await writeScript(world, 'echo deployed elsewhere');
  expectDone(await world.store.approvals.answerApproval(question.id, 'approve', 'operator'));
  const { answer } = await world.ended(turn);
  expect(answer).toContain('changed while a person was asked');
  expect(answer).not.toContain('deployed');
});
