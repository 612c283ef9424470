/** A real coding agent as a lane: OpenCode, with our MCP server in its configuration and a scripted model, takes a task from ready to done and shows what it did. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentsFolder, findOpencode } from '../../scripts/coding-agents.ts';
import { startBoardWorld, type BoardWorld, type TestLane } from './board-world.ts';

const opencode = findOpencode();
const needsOpencode = opencode === undefined ? ' (skipped: OpenCode is not installed; npm test installs it on Linux x64)' : '';
const launcher = path.join(import.meta.dirname, '..', '..', 'bin', 'guildhall.cjs');

let world: BoardWorld;
let model: { readonly url: string; readonly process: ChildProcess; readonly asked: string[] };
const folders: string[] = [];

beforeAll(async () => {
  if (opencode === undefined) return;
  world = await startBoardWorld();
  model = await startModel();
});
afterAll(async () => {
  if (opencode === undefined) return;
  model.process.kill();
  await world.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function startModel() {
  const child = spawn(process.execPath, [path.join(agentsFolder, 'scripted-model.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout);
  const url = String((await once(lines, 'line'))[0]);
  const asked: string[] = [];
  lines.on('line', (line) => asked.push(line));
  return { url, process: child, asked };
}

/** How OpenCode reaches the board: at its address, or through `guildhall mcp`. */
function serverOf(kind: 'remote' | 'local', lane: TestLane): object {
  const { url } = world.daemon();
  if (kind === 'remote')
    return { type: 'remote', url: `${url}/mcp`, headers: { authorization: `Bearer ${lane.token}` }, oauth: false, enabled: true, timeout: 60_000 };
  const environment = { GUILDHALL_URL: url, GUILDHALL_TOKEN: lane.token, GUILDHALL_HOME: path.join(world.place.home, 'elsewhere') };
  return { type: 'local', command: [process.execPath, launcher, 'mcp'], environment, enabled: true, timeout: 60_000 };
}

async function runOpencode(kind: 'remote' | 'local', lane: TestLane): Promise<{ readonly code: unknown; readonly printed: string; readonly project: string }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'guildhall-opencode-'));
  folders.push(folder);
  const project = path.join(folder, 'project');
  mkdirSync(project);
  const config = path.join(folder, 'opencode.json');
  writeFileSync(
    config,
    JSON.stringify({
      provider: {
        scripted: {
          npm: '@ai-sdk/openai-compatible',
          name: 'Scripted',
          options: { baseURL: model.url, apiKey: 'none' },
          models: { scripted: { name: 'Scripted', tool_call: true, limit: { context: 100_000, output: 4_000 } } },
        },
      },
      model: 'scripted/scripted',
      small_model: 'scripted/scripted',
      mcp: { guildhall: serverOf(kind, lane) },
      permission: { '*': 'allow' },
      share: 'disabled',
      autoupdate: false,
    }),
  );
  const child = spawn(opencode ?? '', ['run', 'Take one task from the board and finish it.'], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      XDG_CONFIG_HOME: path.join(folder, 'config'),
      XDG_DATA_HOME: path.join(folder, 'data'),
      XDG_STATE_HOME: path.join(folder, 'state'),
      XDG_CACHE_HOME: path.join(folder, 'cache'),
      OPENCODE_CONFIG: config,
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    },
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const timer = setTimeout(() => child.kill('SIGKILL'), 150_000);
  const code: unknown = (await once(child, 'exit'))[0];
  clearTimeout(timer);
  return { code, printed, project };
}

test.skipIf(opencode === undefined).each([
  ['at its address', 'remote'],
  ['through guildhall mcp', 'local'],
] as const)(`OpenCode that reaches the board %s takes a task from ready to done with evidence${needsOpencode}`, { timeout: 180_000 }, async (_how, kind) => {
  const lane = await world.registerLane(`opencode-${kind}`);
  const task = await world.createTask({
    title: 'Write a greeting',
    body: 'Put a greeting into greeting.txt.',
    assignee: lane.name,
    acceptance: ['greeting.txt has four words'],
  });
  expect(task.status).toBe('ready');
  const ran = await runOpencode(kind, lane);
  expect(ran.code, ran.printed).toBe(0);
  const { task: after, runs } = await world.readTask(task.id);
  expect(after.status, `${ran.printed}\n${model.asked.join(' ')}`).toBe('done');
  expect(runs).toMatchObject([
    {
      outcome: 'completed',
      lane: lane.name,
      summary: 'Wrote greeting.txt.',
      note: 'counted 4 words',
      evidence: [{ kind: 'check', criterion: 1, text: 'wc -w < greeting.txt\n4' }],
      artifacts: [{ name: 'greeting.txt' }],
    },
  ]);
  expect(readFileSync(path.join(ran.project, 'greeting.txt'), 'utf8')).toBe('hello from the lane\n');
  expect(existsSync(path.join(world.place.home, 'elsewhere'))).toBe(false);
});
