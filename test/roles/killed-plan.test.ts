/**
 * The plan of the examples, while its daemon is killed three times at any instant: it ends as it would have. Only what a kill fell into the middle of is asked again, by the operator, who sees it among
 * the blockers: nobody knows whether such a call took effect, and the daemon does not guess.
 */
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findingView, planFindingView, planView, roleRunView, skillView, statusView, type BlockerView } from '@guildhall/protocol';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createHome, startDaemonProcess, type DaemonHome, type DaemonProcess } from '../harness/daemon-process.ts';
import { planPath, rolePath } from './small-team.ts';

const examples = path.join(path.dirname(path.dirname(import.meta.dirname)), 'examples', 'plan');
const inExamples = (file: string) => readFileSync(path.join(examples, file), 'utf8');
const plan = 'Reading time';
const kills = 3;
/** The whole plan takes about so long without a kill. */
const busyMs = 1500;
const decisions: Readonly<Record<string, readonly [verb: string, status: string]>> = {
  'An empty text counts as one word': ['accept', 'closed'],
  'The speed cannot be chosen': ['defer', 'deferred'],
  'The test file could be shorter': ['reject', 'rejected'],
};

test('a plan whose daemon is killed at any instant ends completed, with everything in it once', { timeout: 240_000 }, async () => {
  const place = createHome(inExamples('guildhall.yaml'), inExamples('rehearsal.yaml'));
  cpSync(path.join(examples, 'skills'), path.join(path.dirname(place.configFile), 'skills'), { recursive: true });
  const daemon = await openKilled(place);
  await prepare(daemon);
  const instants = Array.from({ length: kills }, () => Math.round(Math.random() * busyMs));
  const killing = killAt(daemon, instants);
  await daemon.ask('POST', `${rolePath(plan, 'lead')}/turns`, { task: 'Please carry out the plan.', requestId: 'the-plan' });
  await killing;
  await untilSettled(daemon);
  const told = `killed after ${instants.join(', ')} ms`;

  const findings = z.array(planFindingView).parse(await daemon.ask('GET', `/v1/findings?plan=${encodeURIComponent(plan)}`));
  const expected = Object.entries(decisions).map(([title, [, status]]) => `${title}: ${status}`);
  expect(findings.map(({ title, status }) => `${title}: ${status}`).toSorted(), told).toEqual(expected.toSorted());
  const waivers = findings.filter(({ status }) => status === 'deferred').map(({ id }) => ({ blocker: `finding-deferred:${id}`, reason: 'a wish' }));
  const completed = planView.parse(await daemon.ask('POST', `${planPath(plan)}/complete`, { waivers }));
  expect(completed, told).toMatchObject({ status: 'completed' });
  expect(completed.phases.map(({ status }) => status)).toEqual(['done', 'done', 'done', 'done']);
  const runs = z.array(roleRunView).parse(await daemon.ask('GET', `${planPath(plan)}/runs`));
  const left = new Set(runs.flatMap(({ role, artifacts }) => artifacts.map((artifact) => `${role}/${artifact.path}`)));
  expect([...left].toSorted()).toEqual(
    ['developer/reading-time.mjs', 'developer/reading-time.test.mjs', 'planner/plan.md', 'release/NOTES.md', 'validator/checks.test.mjs'].toSorted(),
  );
  const checks = z.array(findingView).parse(await daemon.ask('GET', '/v1/db/verify'));
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  await daemon.stop();
  place.remove();
});

interface Killed {
  /** Asks until somebody answers. */
  ask(method: string, route: string, body?: unknown): Promise<unknown>;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

async function openKilled(place: DaemonHome): Promise<Killed> {
  let current: Promise<DaemonProcess> = startDaemonProcess(place);
  await current;
  return {
    async ask(method, route, body) {
      for (;;) {
        const answer = await (await current).request(method, route, body);
        if (answer !== undefined) return answer.body;
        await pause(20);
      }
    },
    async kill() {
      const before = await current;
      current = before.kill9().then(() => startDaemonProcess(place));
      await current;
    },
    stop: async () => void (await (await current).stop()),
  };
}

async function killAt(daemon: Killed, instants: readonly number[]): Promise<void> {
  for (const instant of instants) {
    await pause(instant);
    await daemon.kill();
  }
}

async function prepare({ ask }: Killed): Promise<void> {
  for (const { name, hash } of z.array(skillView).parse(await ask('GET', '/v1/skills'))) await ask('POST', `/v1/skills/${name}/approve`, { hash });
  await ask('POST', '/v1/skill-policy/revisions', { text: inExamples('skill-policy.yaml') });
  await ask('POST', '/v1/skill-policy/revisions/1/approve', {});
  const phases = ['planning: planner', 'building: developer', 'checking: validator', 'release: release'].map((phase) => phase.split(': '));
  const goal = 'Tell readers how long an article takes to read.';
  await ask('POST', '/v1/plans', { id: plan, goal, packet: inExamples('plan.md'), phases: phases.map(([name, role]) => ({ name, roles: [role] })) });
}

/** Until nothing but what was put off blocks the plan. Once nobody works any more, the operator does what is left. */
async function untilSettled(daemon: Killed): Promise<void> {
  const until = performance.now() + 150_000;
  for (let quiet = 0; ; await pause(250)) {
    const { blockers } = planView.parse(await daemon.ask('GET', planPath(plan)));
    if (performance.now() > until) throw new Error(`the plan did not end; it is blocked by ${JSON.stringify(blockers)}`);
    const { turns } = statusView.parse(await daemon.ask('GET', '/v1/status'));
    quiet = turns.queued + turns.running > 0 || blockers.some(({ kind }) => kind === 'run-open') ? 0 : quiet + 1;
    if (quiet < 12) continue;
    const left = blockers.find(({ kind }) => kind !== 'finding-deferred');
    if (left === undefined) return;
    await doAgain(daemon, left);
    quiet = 0;
  }
}

/** What its remedy says. */
async function doAgain({ ask }: Killed, { kind, subject }: BlockerView): Promise<void> {
  const invoke = (role: string, body: object) => ask('POST', `${rolePath(plan, role)}/turns`, body);
  if (kind === 'run-unproven') {
    const { role, task, phase, expects } = roleRunView.parse(await ask('GET', `${planPath(plan)}/runs/${subject}`));
    await invoke(role, { task, expects, ...(phase === null ? {} : { phase }) });
    return;
  }
  if (kind === 'phase-open') {
    const work: Readonly<Record<string, readonly [role: string, expects: readonly string[]]>> = {
      planning: ['planner', ['plan.md']],
      building: ['developer', ['reading-time.mjs', 'reading-time.test.mjs']],
      checking: ['validator', []],
      release: ['release', ['NOTES.md']],
    };
    const [role = '', expects = []] = work[subject] ?? [];
    await invoke(role, { task: `What the phase ${subject} is for: the release notes, the code, the checks.`, phase: subject, expects });
    return;
  }
  if (kind === 'finding-not-revalidated') {
    await invoke('validator', { task: `Look again at the finding ${subject} : the empty text.`, phase: 'checking' });
    return;
  }
  const finding = planFindingView.safeParse(await ask('GET', `/v1/findings/${subject}`)).data;
  if (kind === 'finding-undecided') await ask('POST', `/v1/findings/${subject}/${decisions[finding?.title ?? '']?.[0]}`, { reason: 'as the goal says' });
  else await ask('POST', `/v1/tasks/${finding?.task ?? subject}/unblock`, {});
}
