/**
 * What belongs to one agent, and what belongs to the daemon, marked with words that occur nowhere else. Another agent tries every way it has to see them; afterwards everything it saw, said
 * and caused is searched for the words.
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { issuedCredential } from '@guildhall/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type FakeProvider, chat, fakeProvider, says, streams } from '../../runtimes/test/fake-provider.ts';
import { type DaemonHome, type DaemonProcess, createHome, startDaemonProcess } from '../harness/daemon-process.ts';
import { ask, ending, entriesOf, eventsOf, findApproval, rehearsalOf, resultsOf, send } from './conversation.ts';

const ofKeeper = {
  soul: 'canary-soul-5e1f',
  workspace: 'canary-workspace-a90c',
  memory: 'canary-memory-77d2',
  history: 'canary-history-31bb',
} as const;
const ofDaemon = { provider: 'sk-canary-provider-c4f8', unused: 'sk-canary-unused-0d6e', token: 'g_canary-token-9ab3', plain: 'canary-plain-2c55' } as const;

interface Attempt {
  readonly tool: string;
  readonly args: object;
  /** Ask a person first, who says yes. */
  readonly approved?: true;
}

/** Everything the thief tries, from inside its own workspace. */
function attemptsIn(home: string): readonly Attempt[] {
  const theirs = path.join(home, 'agents', 'keeper');
  const file = (name: string): Attempt => ({ tool: 'read_file', args: { path: name } });
  const run = (...command: readonly string[]): Attempt => ({ tool: 'terminal', args: { command } });
  return [
    file('../keeper/secret.txt'),
    file(path.join(theirs, 'secret.txt')),
    file('../keeper/SOUL.md'),
    file(path.join(theirs, 'memory', 'MEMORY.md')),
    file('../../guildhall.db'),
    file('../../daemon.json'),
    file('/proc/self/environ'),
    { tool: 'patch', args: { path: '../keeper/secret.txt', old_text: 'canary', new_text: 'gone' } },
    run('cat', '../keeper/secret.txt'),
    run('cat', path.join(theirs, 'secret.txt')),
    run('cat', '/proc/self/environ'),
    { ...run('ln', '-s', '../keeper', 'near'), approved: true },
    file('near/secret.txt'),
    run('cat', 'near/secret.txt'),
    run('grep', '-r', 'canary', 'near/'),
    { tool: 'search_files', args: { pattern: 'canary' } },
    { tool: 'search_files', args: { pattern: 'canary', path: 'near' } },
    { tool: 'search_files', args: { pattern: 'canary', path: '..' } },
    { tool: 'session_search', args: { query: 'canary' } },
    { tool: 'memory', args: { action: 'read' } },
    { ...run('printenv'), approved: true },
    { ...run('env'), approved: true },
    { tool: 'execute_code', args: { language: 'javascript', code: 'console.log(JSON.stringify(process.env))' }, approved: true },
    { tool: 'terminal', args: { command: 'set; export -p', shell: true }, approved: true },
  ];
}

let place: DaemonHome;
let daemon: DaemonProcess;
let model: FakeProvider;
let attempts: readonly Attempt[];

beforeAll(async () => {
  place = createHome(
    '',
    rehearsalOf([
      { match: { text: 'remember {what}' }, steps: [{ call: { tool: 'memory', args: { action: 'add', text: 'The word is {what}.' } } }, { say: 'kept' }] },
      { say: 'noted: {text}' },
    ]),
  );
  attempts = attemptsIn(place.home);
  const calls = attempts.map(({ tool, args }, index): Answer =>
    streams(chat.call(0, `call_${index}`, tool, JSON.stringify(args)), chat.end('tool_calls'), chat.done),
  );
  model = await fakeProvider(...calls, says('I found nothing.'));
  const config = {
    providers: { spy: { type: 'openai-compatible', base_url: `${model.url}/v1`, api_key: 'env:SPY_KEY' } },
    agents: { keeper: { model: 'rehearsal/default', tools: 'full' }, thief: { model: 'spy/m', tools: 'full' } },
  };
  writeFileSync(place.configFile, JSON.stringify(config));
  mkdirSync(path.join(place.home, 'agents', 'keeper'), { recursive: true });
  writeFileSync(path.join(place.home, 'agents', 'keeper', 'SOUL.md'), `You keep the word ${ofKeeper.soul}.\n`);
  writeFileSync(path.join(place.home, 'agents', 'keeper', 'secret.txt'), `${ofKeeper.workspace}\n`);
  const env = { SPY_KEY: ofDaemon.provider, ANTHROPIC_API_KEY: ofDaemon.unused, GUILDHALL_TOKEN: ofDaemon.token, SOME_SETTING: ofDaemon.plain };
  daemon = await startDaemonProcess(place, { env });
});

afterAll(async () => {
  await daemon.stop();
  await model[Symbol.asyncDispose]();
  place.remove();
});

/** The bytes of a stream as they come, until it is closed. */
function listen(sessionKey: string): { close(): Promise<string> } {
  const leave = new AbortController();
  let heard = '';
  const listening = (async () => {
    const address = `${daemon.url}/v1/sessions/${encodeURIComponent(sessionKey)}/stream?after=0`;
    const response = await fetch(address, { headers: { authorization: `Bearer ${daemon.token}` }, signal: leave.signal });
    for await (const bytes of response.body ?? []) heard += Buffer.from(bytes).toString();
  })().catch(() => undefined);
  return {
    async close() {
      leave.abort();
      await listening;
      return heard;
    },
  };
}

/** Answers what is asked as long as the turn runs: yes where the attempt says so, else no. */
async function answerApprovals(turnId: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const approval = await findApproval(daemon, turnId);
    if (approval === undefined) {
      await pause(20);
      continue;
    }
    const { tool, args } = approval;
    const yes = attempts.some(
      (attempt) => attempt.approved === true && attempt.tool === tool && Object.entries(attempt.args).every(([name, value]) => same(args[name], value)),
    );
    await daemon.request('POST', `/v1/approvals/${approval.id}/${yes ? 'approve' : 'deny'}`, {});
  }
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other) || (Array.isArray(one) && one.join(' ') === other);
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

function foundIn(text: string, words: Readonly<Record<string, string>>): readonly string[] {
  return Object.values(words).filter((word) => text.includes(word));
}

describe('an agent that tries to see what is not its own', () => {
  let seen: { readonly transcript: string; readonly events: string; readonly stream: string; readonly prompts: string };

  beforeAll(async () => {
    expect(await ask(daemon, 'keeper', `remember ${ofKeeper.memory}`)).toMatchObject({ status: 'completed', answer: 'kept' });
    expect(await ask(daemon, 'keeper', `the launch word is ${ofKeeper.history}`)).toMatchObject({ status: 'completed' });
    const accepted = await send(daemon, 'thief', 'look around');
    const listener = listen(accepted.sessionKey);
    const over = new AbortController();
    const answering = answerApprovals(accepted.turnId, over.signal);
    const turn = await ending(daemon, accepted.turnId);
    over.abort();
    expect(turn).toMatchObject({ status: 'completed', answer: 'I found nothing.' });
    const results = await resultsOf(daemon, turn);
    expect(results.map(({ tool }) => tool)).toEqual(attempts.map(({ tool }) => tool));
    seen = {
      transcript: JSON.stringify(await entriesOf(daemon, turn.sessionKey)),
      events: JSON.stringify(await eventsOf(daemon, `session:${turn.sessionKey}`)),
      stream: await listener.close(),
      prompts: JSON.stringify(model.asked.map(({ body }) => body)),
    };
    await answering;
  }, 60_000);

  test('sees nothing of the other in its transcript, events, stream or prompts', () => {
    expect(seen.stream).toContain('I found nothing.');
    expect(seen.prompts).toContain('look around');
    for (const [where, text] of Object.entries(seen)) expect({ where, found: foundIn(text, ofKeeper) }).toEqual({ where, found: [] });
  });

  test('what a person allowed did run, with an environment of its own', async () => {
    const entries = await entriesOf(daemon, (await send(daemon, 'thief', 'again')).sessionKey);
    const ran = entries.filter(({ kind, outcome }) => kind === 'tool-result' && outcome === 'done').map(({ text }) => text);
    expect(ran.filter((text) => text.includes(`HOME=${path.join(place.home, 'agents', 'thief')}`)).length).toBeGreaterThanOrEqual(2);
  });

  test('the log says nothing of it, and what the other had is still there', async () => {
    const log = readFileSync(path.join(place.home, 'logs', 'daemon.log'), 'utf8');
    expect(foundIn(log + daemon.output(), ofKeeper)).toEqual([]);
    expect(readFileSync(path.join(place.home, 'agents', 'keeper', 'secret.txt'), 'utf8')).toBe(`${ofKeeper.workspace}\n`);
    const own = await entriesOf(daemon, (await ask(daemon, 'keeper', 'what do you know')).sessionKey);
    expect(foundIn(JSON.stringify(own), { history: ofKeeper.history, memory: ofKeeper.memory })).toHaveLength(2);
  });

  test('a search in its sessions finds nothing, and its token reads no transcript', async () => {
    for (const [agent, found] of [
      ['thief', 0],
      ['keeper', 1],
    ] as const) {
      const hits = await daemon.request('GET', `/v1/search?agent=${agent}&q=${ofKeeper.history}`);
      expect(JSON.stringify(hits?.body).includes(ofKeeper.history) ? 1 : 0).toBe(found);
    }
    const issued = issuedCredential.parse((await daemon.request('POST', '/v1/tokens', { scope: 'agent:thief' }))?.body);
    const key = (await ask(daemon, 'keeper', 'hello')).sessionKey;
    for (const route of [
      '/v1/sessions',
      `/v1/sessions/${encodeURIComponent(key)}/entries`,
      '/v1/events',
      `/v1/search?agent=keeper&q=canary`,
      '/v1/config',
      '/v1/tokens',
    ]) {
      const response = await fetch(`${daemon.url}${route}`, { headers: { authorization: `Bearer ${issued.secret}` } });
      expect({ route, status: response.status, found: foundIn(await response.text(), ofKeeper) }).toEqual({ route, status: 403, found: [] });
    }
  });

  test('nothing of the daemon’s environment is anywhere but in the header the provider got', async () => {
    expect(new Set(model.asked.map(({ headers }) => headers.authorization))).toEqual(new Set([`Bearer ${ofDaemon.provider}`]));
    const journal = JSON.stringify(await eventsOf(daemon));
    expect(journal.length).toBeGreaterThan(10_000);
    for (const [where, text] of Object.entries({ ...seen, journal, output: daemon.output() })) {
      expect({ where, found: foundIn(text, ofDaemon) }).toEqual({ where, found: [] });
    }
    const files = filesBelow(place.home);
    expect(files.map((file) => path.basename(file))).toEqual(expect.arrayContaining(['guildhall.db', 'daemon.log', 'guildhall.yaml']));
    for (const file of files) expect({ file, found: foundIn(readFileSync(file, 'latin1'), ofDaemon) }).toEqual({ file, found: [] });
  });
});
