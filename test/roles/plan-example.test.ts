/** The plan of the examples, from the first command to the bundle: rehearsed, and with a model behind an OpenAI-compatible server that this project did not write. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { planBundle } from '@guildhall/protocol';
import { expect, test } from 'vitest';
import { openScriptedModel } from './scripted-model.ts';

const examples = path.join(path.dirname(path.dirname(import.meta.dirname)), 'examples', 'plan');

async function runExample(home: string, env: Record<string, string>): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(examples, 'run.ts')], {
    env: { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8', GUILDHALL_HOME: path.join(home, 'guildhall'), ...env },
    timeout: 240_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

function expectWholePlan(home: string, printed: string): void {
  const folder = path.join(home, 'guildhall', 'bundle');
  const bundle = planBundle.parse(JSON.parse(readFileSync(path.join(folder, 'plan.json'), 'utf8')));
  expect(bundle.plan, printed).toMatchObject({ id: 'Reading time', status: 'completed' });
  expect(new Set(bundle.runs.map(({ role }) => role))).toEqual(new Set(['lead', 'planner', 'developer', 'validator', 'release']));
  expect(bundle.runs.filter(({ outcome }) => outcome !== 'succeeded')).toEqual([]);
  expect(bundle.plan.phases.map(({ status }) => status)).toEqual(['done', 'done', 'done', 'done']);
  expect(Object.fromEntries(bundle.findings.map(({ title, status }) => [title, status]))).toEqual({
    'An empty text counts as one word': 'closed',
    'The speed cannot be chosen': 'deferred',
    'The test file could be shorter': 'rejected',
  });
  expect(bundle.plan.waivers).toHaveLength(1);
  const mended = bundle.artifacts.filter(({ path: name, role }) => role === 'developer' && name === 'reading-time.mjs');
  expect(new Set(mended.map(({ sha256 }) => sha256)).size).toBe(2);
  expect(bundle.runs.filter(({ role }) => role === 'developer').map(({ compliance }) => compliance)).toEqual(['verified', 'verified']);
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['README.md', 'plan.json', 'findings.md', 'artifacts']));
  expect(readFileSync(path.join(folder, 'README.md'), 'utf8')).toContain('An empty text counts as one word');
}

test('rehearsed', { timeout: 300_000 }, async () => {
  const home = mkdtempSync(path.join(tmpdir(), 'guildhall-plan-'));
  expectWholePlan(home, await runExample(home, {}));
  rmSync(home, { recursive: true, force: true });
});

test('with a model behind an OpenAI-compatible server', { timeout: 300_000 }, async () => {
  const home = mkdtempSync(path.join(tmpdir(), 'guildhall-plan-'));
  const model = await openScriptedModel(path.join(examples, 'rehearsal.yaml'), ['chief', 'drafter', 'smith', 'tester', 'herald']);
  const config = readFileSync(path.join(examples, 'guildhall.yaml'), 'utf8').replace('./skills', path.join(examples, 'skills'));
  const file = path.join(home, 'guildhall.yaml');
  writeFileSync(file, `model: own/gpt-5.4\nproviders: { own: { type: openai-compatible, base_url: ${model.url} } }\n${config}`);
  expectWholePlan(home, await runExample(home, { GUILDHALL_CONFIG: file }));
  expect(model.requests()).toBeGreaterThan(20);
  await model.close();
  rmSync(home, { recursive: true, force: true });
});
