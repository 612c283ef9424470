import type { EntryView } from '@guildhall/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sessionKey, speak, startChatDaemon, type ChatDaemon } from './chat-daemon.ts';
import { startProgram, type Running } from './run-program.ts';
import { sampleHandoffApproval } from './sample-handoff.ts';
import { sampleAgent, sampleEntries, sampleFindings, sampleSession } from './sample-views.ts';

let daemon: ChatDaemon;
let running: Running | undefined;

beforeEach(async () => {
  daemon = await startChatDaemon();
});
afterEach(async () => {
  running?.child.kill('SIGKILL');
  await running?.ended;
  await daemon.remove();
});

function converse(...words: readonly string[]): Running {
  running = startProgram(['chat', ...words], { home: daemon.home, variables: { TEST_TTY: 'stdin stdout', NO_COLOR: '1', COLUMNS: '200' } });
  return running;
}

const type = (text: string) => running?.child.stdin.write(text);
/** The prompt after everything that was said so far. */
const prompted = (chat: Running, times: number) => chat.until(new RegExp(`(?:you › [^]*){${times}}`));

test('begins with the agent, the end of the conversation and how to get help', async () => {
  daemon.entries.push(...sampleEntries());
  const chat = converse();
  await prompted(chat, 1);
  expect(chat.stdout()).toContain('coder · anthropic/claude-sonnet-4 · agent:coder:main · /help');
  expect(chat.stdout()).toContain('ada › hello\n');
  expect(chat.stdout()).toContain('coder › Good morning.');
});

test('what announced a handoff is said by the daemon, and the answer to the work by the agent', async () => {
  const entry = (turnId: string, rest: Pick<EntryView, 'kind' | 'text'> & Partial<EntryView>) =>
    daemon.entries.push({ seq: daemon.entries.length + 1, turnId, at: Date.now(), ...rest });
  entry('trn_a', { kind: 'message', text: 'director hands over work: hnd_1', from: 'daemon', handoff: { ref: 'hnd_1', part: 'notice' } });
  entry('trn_a', { kind: 'answer', text: 'director hands work to coder.' });
  entry('trn_b', { kind: 'message', text: 'Work handed to you.', from: 'director', handoff: { ref: 'hnd_1', part: 'work' } });
  entry('trn_b', { kind: 'answer', text: 'All green.' });
  const chat = converse();
  await prompted(chat, 1);
  expect(chat.stdout()).toContain('daemon › director hands work to coder.');
  expect(chat.stdout()).toContain('coder › All green.');
});

test('answers, asks again, and ends with /quit', async () => {
  daemon.script = (turn) => {
    speak(turn, 'Hello ', 'to you.');
    turn.answer('Hello to you.', true);
    return Promise.resolve();
  };
  const chat = converse();
  await prompted(chat, 1);
  type('hello\n');
  await chat.until('· $0.0123');
  await prompted(chat, 2);
  expect(chat.stdout()).toContain('coder › Hello to you.\n');
  expect(chat.stdout().match(/Hello to you\./g)).toHaveLength(1);
  type('/quit\n');
  expect(await chat.ended).toMatchObject({ code: 0 });
});

test('takes pasted lines as one message', async () => {
  const chat = converse();
  await prompted(chat, 1);
  type('one\ntwo\nthree\n');
  await chat.until('Hello.');
  expect(daemon.messages.map((message) => message['text'])).toEqual(['one\ntwo\nthree']);
});

test('what is typed while the daemon is away is sent in its order when it is back', async () => {
  const chat = converse();
  await prompted(chat, 1);
  await daemon.stop();
  type('first\n');
  await chat.until('your message goes when it is back');
  type('second\n');
  await chat.until('second');
  await daemon.start();
  await chat.until(/Hello\.[^]*Hello\./);
  expect(daemon.messages.map((message) => message['text'])).toEqual(['first', 'second']);
});

test('an agent is chosen, also while it goes on', async () => {
  const chat = converse('--agent', 'coder');
  await prompted(chat, 1);
  type('/agents\n');
  await chat.until('writer  Writes prose');
  type('/agent writer\n');
  await chat.until(/writer · .* · a new conversation/);
  type('hello\n');
  await chat.until('Hello.');
  expect(daemon.messages[0]).toMatchObject({ agent: 'writer' });
});

test('an agent nobody knows is said so, and the conversation goes on', async () => {
  const chat = converse();
  await prompted(chat, 1);
  type('/agent nobody\n');
  await chat.until('There is no agent "nobody"');
  await prompted(chat, 2);
});

test('/new begins another conversation with the same agent', async () => {
  const chat = converse();
  await prompted(chat, 1);
  type('/new\n');
  await prompted(chat, 2);
  type('fresh\n');
  await chat.until('Hello.');
  expect(daemon.messages[0]).toMatchObject({ agent: 'coder', chatType: 'thread', text: 'fresh' });
  expect(daemon.messages[0]?.['thread']).toMatch(/^[0-9a-f]{8}$/);
});

test('commands: help, sessions, why, and one that does not exist', async () => {
  daemon.entries.push(...sampleEntries());
  daemon.on('get /v1/why/{id}', ({ params }) => [{ ...sampleFindings[0], message: `${params['id']} waits for an approval` }]);
  const chat = converse();
  await prompted(chat, 1);
  type('/help\n');
  await chat.until('/deny [ID]');
  type('/sessions\n');
  await chat.until('guildhall chat --session KEY');
  type('/why\n');
  await chat.until(`${sessionKey} waits for an approval`);
  type('/dance\n');
  await chat.until('There is no command /dance');
  type('/etc/hosts is a path\n');
  await chat.until('Hello.');
  expect(daemon.messages.map((message) => message['text'])).toEqual(['/etc/hosts is a path']);
});

test('Ctrl-C stops the turn and stays; twice leaves', async () => {
  daemon.script = async (turn) => {
    speak(turn, 'Thinking');
    await turn.cancelled;
  };
  const chat = converse();
  await prompted(chat, 1);
  type('hard question\n');
  await chat.until('Thinking');
  type('\u0003');
  await chat.until('✗ cancelled');
  expect(daemon.asked).toContain('post /v1/sessions/{key}/cancel');
  type('\u0003');
  expect((await chat.ended).code).toBe(0);
});

test('an approval is asked with exactly what will run, and y says yes', async () => {
  daemon.script = async (turn) => {
    turn.live({ type: 'CUSTOM', name: 'guildhall.approval-asked', value: { approvalId: 'apr_1', tool: 'terminal', reason: 'removes files', expiresAt: 0 } });
    turn.answer(`You said ${await turn.answered}.`);
  };
  const chat = converse();
  await prompted(chat, 1);
  type('clean up\n');
  await chat.until('run it? y/n');
  expect(chat.stdout()).toContain('"-rf"');
  type('perhaps\n');
  await chat.until('First answer y or n');
  type('n\n');
  await chat.until('You said deny.');
});

test('an approval for a handoff is asked with facts and task apart, holds up no conversation, and y says yes', async () => {
  daemon.approval = sampleHandoffApproval({ sessionKey });
  daemon.script = (turn) => {
    if (daemon.messages.length === 1)
      turn.live({ type: 'CUSTOM', name: 'guildhall.approval-asked', value: { approvalId: 'apr_1', tool: 'dispatch_handoff', reason: 'high', expiresAt: 0 } });
    turn.answer(`Answer ${daemon.messages.length}.`);
    return Promise.resolve();
  };
  const chat = converse();
  await prompted(chat, 1);
  type('release it\n');
  await chat.until('hand it over? y/n');
  expect(chat.stdout()).toContain('director asks whether it may hand over exactly this:');
  expect(chat.stdout()).toContain('  │ Deploy the site.');
  await chat.until('Answer 1.');
  type('what does that cost?\n');
  await chat.until('Answer 2.');
  expect(daemon.asked).not.toContain('post /v1/approvals/{id}/approve');
  type('y\n');
  await chat.until('approved, once');
  expect(daemon.asked).toContain('post /v1/approvals/{id}/approve');
});

test('an approval answered elsewhere is no longer asked', async () => {
  daemon.script = (turn) => {
    turn.live({ type: 'CUSTOM', name: 'guildhall.approval-asked', value: { approvalId: 'apr_1', tool: 'terminal', reason: 'removes files', expiresAt: 0 } });
    turn.live({ type: 'CUSTOM', name: 'guildhall.approval-answered', value: { approvalId: 'apr_1', status: 'approved' } });
    turn.answer('Went on.');
    return Promise.resolve();
  };
  const chat = converse();
  await prompted(chat, 1);
  type('clean up\n');
  await chat.until('Answered elsewhere: approved');
  await chat.until('Went on.');
  type('y\n');
  await chat.until(/Went on\.[^]*Went on\./);
  expect(daemon.asked).not.toContain('post /v1/approvals/{id}/approve');
});

test('a daemon that restarts is told and missed nothing', async () => {
  const restarted = Promise.withResolvers<void>();
  daemon.script = async (turn) => {
    speak(turn, 'One, ');
    await restarted.promise;
    turn.answer('One, two.');
  };
  const chat = converse();
  await prompted(chat, 1);
  type('count\n');
  await chat.until('One, ');
  await daemon.stop();
  await chat.until('The daemon is away');
  await daemon.start();
  await chat.until('The daemon is back; nothing was lost.');
  restarted.resolve();
  await chat.until(/\ntwo\.\n/);
});

test('what somebody else writes into the session is shown', async () => {
  daemon.entries.push(...sampleEntries());
  daemon.on('get /v1/sessions/{key}', () => sampleSession());
  const chat = converse('--session', sessionKey);
  await prompted(chat, 1);
  const body = JSON.stringify({ messageId: 'elsewhere', text: 'from the page' });
  await fetch(`${daemon.url}/v1/messages`, { method: 'POST', headers: { authorization: `Bearer ${daemon.token}` }, body });
  await chat.until(/operator › from the page\n[^]*coder › Hello\./);
});

test('what the daemon wrote for a handoff looks like no word of a person', async () => {
  const handoff = { ref: 'hnd_1', part: 'work' as const };
  daemon.entries.push({ seq: 1, turnId: 'trn_0', at: 1, kind: 'message', text: 'Work handed to you.\noperator › go on', from: 'director', handoff });
  const chat = converse();
  await prompted(chat, 1);
  expect(chat.stdout()).toContain('→ handoff from director, work hnd_1\n  │ Work handed to you.\n  │ operator › go on\n');
});

test('a rehearsal is labelled from the first line', async () => {
  daemon.agent = sampleAgent({ rehearsal: true });
  const chat = converse();
  await prompted(chat, 1);
  expect(chat.stdout()).toContain('[rehearsal] no real model is connected');
  type('hi\n');
  await chat.until('coder [rehearsal] › Hello.');
});

test('without a daemon there is no conversation', async () => {
  await daemon.stop();
  const chat = converse();
  expect((await chat.ended).code).toBe(5);
  await daemon.start();
});
