/** For each guardrail a handoff that trips it and no other, from every door; what fired is in the answer, and in what `guildhall handoffs explain` prints. */
import { type Guardrail, guardrails, handoffExplanation, handoffView } from '@guildhall/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type McpLane, overHttp } from '../board/mcp-client.ts';
import { guildhall } from '../e2e/command-line.ts';
import { ask, resultsOf } from '../e2e/conversation.ts';
import { createHome, type DaemonHome, type DaemonProcess, startDaemonProcess } from '../harness/daemon-process.ts';
import { dispatch, dispatched, listHandoffs } from './handoff-world.ts';
import { type ModelServer, modelLines, openModel } from './open-model.ts';

/** What is asked, and by whom. `first` is asked before it, and goes through. */
interface Trap {
  readonly from: string;
  readonly to: string;
  readonly risk?: string;
  readonly forbid?: readonly string[];
  readonly first?: { readonly to: string; readonly times: number };
}

const doors = ['http', 'terminal', 'mcp', 'tool'] as const;
type DoorName = (typeof doors)[number];

/** An agent of its own for each trap and door, so that nothing that was asked before is counted. Asked of `slow`, work does not end. */
function trapsFor(door: DoorName): Readonly<Partial<Record<Guardrail, Trap>>> {
  const own = (name: string) => `${name}-${door}`;
  return {
    'source-allowed': { from: own('nobody'), to: 'target' },
    'target-allowed': { from: own('plain'), to: 'elsewhere' },
    'target-accepts': { from: own('plain'), to: 'choosy' },
    'target-open': { from: own('plain'), to: 'role:P/release' },
    'forbidden-actions': { from: own('plain'), to: 'target', forbid: ['no_such_action'] },
    depth: { from: own('shallow'), to: 'target' },
    'target-concurrency': { from: own('plain'), to: own('crowded') },
    'source-concurrency': { from: own('narrow'), to: 'target', first: { to: own('slow'), times: 1 } },
    rate: { from: own('hasty'), to: 'target', first: { to: 'other', times: 2 } },
    // What is set aside is given back when the work has ended: so the first must not end.
    budget: { from: own('poor'), to: 'target', first: { to: own('slow'), times: 1 } },
  };
}

const ownAgents = doors.flatMap((door) =>
  ['nobody', 'plain', 'shallow', 'narrow', 'hasty', 'poor', 'slow', 'crowded', 'risky'].map((name) => `${name}-${door}`),
);
const agents = ['target', 'other', 'elsewhere', 'choosy', ...ownAgents];

function configFor(model: ModelServer): string {
  const source = (name: string, more = '') =>
    doors.map((door) => `    ${name}-${door}: { allowed_targets: [target, other, choosy, slow-${door}, crowded-${door}], max_depth: 1${more} }`).join('\n');
  return `${modelLines(model)}
agents:
  main: { default: true }
${agents.map((agent) => `  ${agent}: {}`).join('\n')}
roles:
  release: { agent: target }
session_triggers:
  enabled: true
  sources:
${source('plain')}
${doors.map((door) => `    shallow-${door}: { allowed_targets: [target], max_depth: 0 }`).join('\n')}
${source('narrow', ', max_concurrent_targets: 1')}
${source('hasty', ', max_per_hour: 2')}
${source('poor', ', budget: { tokens_per_handoff: 60000, tokens_per_day: 100000 }')}
${source('risky', ', require_human_confirmation_for: [high, public_infra]')}
  targets:
    choosy: { allowed_sources: [main] }
    target: { max_concurrent: 60, max_waiting: 60 }
    other: { max_concurrent: 60, max_waiting: 60 }
${doors.map((door) => `    crowded-${door}: { max_waiting: 0 }`).join('\n')}
`;
}

interface Told {
  /** The words a door refused with. */
  readonly words: string;
}

describe('what is refused', () => {
  let place: DaemonHome;
  let daemon: DaemonProcess;
  let model: ModelServer;
  let mcp: McpLane;
  const wake: (() => void)[] = [];

  beforeAll(async () => {
    model = await openModel(['main', ...agents], async ({ agent, text, steps, results }) => {
      if (/^(slow|crowded)-/.test(agent)) await new Promise<void>((resolve) => wake.push(resolve));
      const asked = /dispatch (\{.*\})/.exec(text)?.[1];
      if (asked === undefined || text.includes('Handoff')) return { say: 'done' };
      return steps === 0
        ? { calls: [{ tool: 'dispatch_handoff', args: z.record(z.string(), z.unknown()).parse(JSON.parse(asked)) }] }
        : { say: results.join('\n') };
    });
    place = createHome(configFor(model));
    daemon = await startDaemonProcess(place);
    mcp = await overHttp(daemon);
    await daemon.request('PUT', '/v1/plans/P/roles/release', {});
    await daemon.request('POST', '/v1/plans/P/roles/release/retire', { reason: 'the plan does without' });
    // Fills the one place of each crowded target.
    for (const door of doors) await dispatched(daemon, { source: `plain-${door}`, target: `crowded-${door}`, task: 'take the place' });
  });

  afterAll(async () => {
    for (const go of wake.splice(0)) go();
    await mcp.close();
    await daemon.kill9();
    await model.close();
    place.remove();
  });

  async function askBy(door: DoorName, trap: Trap, task: string): Promise<Told> {
    const { from, to: target, risk, forbid = [] } = trap;
    if (door === 'http') {
      const answer = await dispatch(daemon, { source: from, target, task, forbiddenActions: forbid, ...(risk === undefined ? {} : { riskLevel: risk }) });
      if (!('refused' in answer)) throw new Error(`it was not refused: ${JSON.stringify(answer.handoff)}`);
      expect(answer.status).toBe(403);
      return { words: answer.refused.detail ?? '' };
    }
    if (door === 'terminal') {
      const words = ['handoffs', 'dispatch', '--from', from, '--to', target, ...forbid.flatMap((name) => ['--forbid', name]), '--', task];
      const typed = await guildhall(place, ...words);
      expect(typed.code).toBe(3);
      return { words: typed.stderr };
    }
    if (door === 'mcp') return { words: await mcp.refusal('dispatch_handoff', { from, target, task, forbidden_actions: forbid }) };
    const turn = await ask(daemon, from, `dispatch ${JSON.stringify({ target, task, forbidden_actions: forbid })}`);
    return { words: (await resultsOf(daemon, turn)).map(({ text }) => text).join('\n') };
  }

  /** As the door of the case has it: what the terminal prints is what HTTP answers. */
  async function explained(door: DoorName, id: string): Promise<z.output<typeof handoffExplanation>> {
    if (door !== 'terminal') return handoffExplanation.parse((await daemon.request('GET', `/v1/handoffs/${id}/decision`))?.body);
    return handoffExplanation.parse(JSON.parse((await guildhall(place, 'handoffs', 'explain', id, '--json')).stdout));
  }

  const cases = doors.flatMap((door) => Object.entries(trapsFor(door)).map(([guardrail, trap]) => [door, guardrail, trap] as const));

  test.each(cases)('%s: %s', { timeout: 30_000 }, async (door, guardrail, trap) => {
    const { first } = trap;
    for (let time = 0; time < (first?.times ?? 0); time += 1)
      await dispatched(daemon, { source: trap.from, target: first?.to, task: `make room, the ${time}. time` });
    const task = `Trip ${guardrail} by ${door}`;
    if (door === 'tool' && (guardrail === 'source-allowed' || guardrail === 'depth')) {
      // An agent that may hand to nobody is not offered the tool, and a call of it all the same runs nothing.
      expect((await askBy(door, trap, task)).words).not.toBe('');
      expect((await listHandoffs(daemon, `&source=${trap.from}`)).filter(({ status }) => status !== 'refused')).toEqual([]);
      return;
    }
    const { words } = await askBy(door, trap, task);
    const refused = (await listHandoffs(daemon, `&source=${trap.from}`)).find((handoff) => handoff.task === task);
    expect(refused).toMatchObject({ status: 'refused', turnId: null, noticeTurnId: null });
    expect(words).toContain(refused?.decision.rule);
    const { decisions } = await explained(door, refused?.id ?? '');
    expect(decisions[0]).toMatchObject({ moment: 'requested', verdict: 'deny', decidedBy: guardrail });
    const denied = decisions[0]?.answers.filter(({ verdict }) => verdict === 'deny');
    expect(denied?.map((answer) => answer.guardrail)).toEqual([guardrail]);
    expect(decisions[0]?.answers.map((answer) => answer.guardrail)).toEqual(guardrails);
  });

  test.each(['high', 'dangerous', 'public_infra', 'no-such-risk'])('what is as risky as %s waits for a person', async (risk) => {
    const waiting = await dispatched(daemon, { source: 'risky-http', target: 'target', task: `Do something ${risk}`, riskLevel: risk });
    expect(waiting).toMatchObject({ status: 'awaiting-approval', requiresUserConfirmation: true, decision: { verdict: 'ask', decidedBy: 'risk' } });
    expect(waiting.noticeTurnId).toBeNull();
  });

  test.each(['low', 'medium'])('what is as risky as %s does not', async (risk) => {
    const asked = await dispatched(daemon, { source: 'risky-http', target: 'target', task: `Do something ${risk}`, riskLevel: risk });
    expect(asked.status).not.toBe('awaiting-approval');
  });

  test('asked twice in other spellings it is one handoff, and the second time is on record', async () => {
    const once = await dispatched(daemon, { source: 'plain-http', target: 'target', task: 'Look  at the\npreview' });
    const again = await dispatched(daemon, { source: 'plain-http', target: 'target', task: ' look at THE preview ' });
    expect(again).toMatchObject({ id: once.id, duplicate: true });
    const { decisions } = handoffExplanation.parse((await daemon.request('GET', `/v1/handoffs/${once.id}/decision`))?.body);
    expect(decisions.find(({ moment }) => moment === 'asked-again')?.answers.find((answer) => answer.guardrail === 'duplicate')).toMatchObject({
      verdict: 'deny',
    });
  });

  test('switched off, nobody hands anything to anybody', async () => {
    const other = createHome(configFor(model).replace('enabled: true', 'enabled: false'));
    const off = await startDaemonProcess(other);
    const answer = await dispatch(off, { source: 'plain-http', target: 'target', task: 'anything' });
    expect(answer).toMatchObject({ status: 403, refused: { details: { guardrail: 'enabled' } } });
    expect(z.array(handoffView).parse((await off.request('GET', '/v1/handoffs'))?.body)).toMatchObject([{ status: 'refused' }]);
    await off.stop();
    other.remove();
  });

  test.each(['source_session', 'depth', 'chain', 'provenance', 'auditId', 'status', 'decision', 'requestedBy', 'target_session'])(
    'a caller that says %s is refused',
    async (field) => {
      const answer = await daemon.request('POST', '/v1/handoffs', { source: 'plain-http', target: 'target', task: 'x', [field]: 'claimed' });
      expect(answer?.status).toBe(400);
      expect(JSON.stringify(answer?.body)).toContain(field);
    },
  );
});
