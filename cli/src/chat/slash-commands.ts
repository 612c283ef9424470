/** Commands inside a conversation. */
import { z } from 'zod';
import { agentView, findingView } from '@guildhall/protocol';
import { readSessions } from '../commands/sessions/list.ts';
import { describeFindings } from '../commands/daemon/findings.ts';
import { cancelledTurns } from '../http/answers.ts';
import type { Daemon } from '../http/daemon-client.ts';
import { count } from '../terminal/output.ts';
import { joinShown, show, type Shown } from '../terminal/shown.ts';
import { relativeTime } from '../terminal/words.ts';
import type { Call } from '../verb.ts';
import { findPartner, type Partner } from './partner.ts';

/** What a command may do with the conversation it is typed into. */
export interface Conversation {
  say(line: Shown): void;
  partner(): Partner | undefined;
  /** The approval that is being asked about. */
  question(): string | undefined;
  answer(id: string, said: 'approve' | 'deny'): Promise<void>;
  turnTo(partner: Partner): Promise<void>;
  /** A conversation of its own with the same agent. */
  begin(): Promise<void>;
  leave(): void;
}

interface SlashCommand {
  readonly usage: string;
  readonly summary: string;
  run(context: { readonly call: Call; readonly talk: Conversation; readonly daemon: Daemon; readonly word: string | undefined }): Promise<Shown | undefined>;
}

const commands: { readonly [name: string]: SlashCommand } = {
  agents: { usage: '/agents', summary: 'who is there', run: listAgents },
  agent: { usage: '/agent ID', summary: 'talk to another agent', run: turnToAgent },
  new: {
    usage: '/new',
    summary: 'begin a new conversation with this agent',
    async run({ talk }) {
      await talk.begin();
      return undefined;
    },
  },
  sessions: { usage: '/sessions', summary: 'conversations with this agent', run: listSessions },
  stop: { usage: '/stop', summary: 'stop what runs and waits here', run: stop },
  why: { usage: '/why [ID]', summary: 'why nothing happens', run: explain },
  approve: { usage: '/approve [ID]', summary: 'say yes to what is asked', run: ({ talk, word }) => answer(talk, word, 'approve') },
  deny: { usage: '/deny [ID]', summary: 'say no to it', run: ({ talk, word }) => answer(talk, word, 'deny') },
  help: { usage: '/help', summary: 'this list', run: () => Promise.resolve(describeCommands()) },
  quit: {
    usage: '/quit',
    summary: 'leave; what runs goes on',
    run({ talk }) {
      talk.leave();
      return Promise.resolve(undefined);
    },
  },
};

/** Not a message: a slash and a word. A path such as `/etc/hosts` is a message. */
export function isSlashCommand(text: string): boolean {
  return /^\/[a-z]+(?:\s|$)/.test(text);
}

export async function runSlashCommand(call: Call, talk: Conversation, text: string): Promise<void> {
  const [name = '', word] = text.slice(1).trim().split(/\s+/);
  const { paint, marks } = call.output.screen;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    talk.say(show`There is no command /${name}; /help lists them. To say it to the agent, begin with a space.`);
    return;
  }
  const daemon = await call.connect();
  if (!daemon.ok && name !== 'quit' && name !== 'help') {
    talk.say(paint('red', show`${marks.no} ${daemon.refusal.message}`));
    return;
  }
  if (!daemon.ok) {
    if (name === 'quit') talk.leave();
    else talk.say(describeCommands());
    return;
  }
  const said = await command.run({ call, talk, daemon: daemon.value, word });
  if (said !== undefined) talk.say(said);
}

type Context = Parameters<SlashCommand['run']>[0];

function describeCommands(): Shown {
  return joinShown(Object.values(commands).map(({ usage, summary }) => show`  ${usage.padEnd(14)} ${summary}`));
}

async function listAgents({ call, talk, daemon }: Context): Promise<Shown> {
  const agents = await daemon.ask('get', '/v1/agents', z.array(agentView));
  if (!agents.ok) return show`${agents.refusal.message}`;
  const { paint, marks } = call.output.screen;
  const here = talk.partner()?.agent.id;
  return joinShown(
    agents.value.map(({ id, description }) => show`${id === here ? marks.prompt : ' '} ${paint('bold', id)}${description === '' ? '' : `  ${description}`}`),
  );
}

async function turnToAgent({ talk, daemon, word }: Context): Promise<Shown | undefined> {
  if (word === undefined) return show`To whom? /agent ID; /agents lists them.`;
  const partner = await findPartner(daemon, { agent: word });
  if (!partner.ok) return show`${partner.refusal.message}`;
  await talk.turnTo(partner.value);
  return undefined;
}

async function listSessions({ call, talk, daemon }: Context): Promise<Shown> {
  const listed = await readSessions(daemon, talk.partner()?.agent.id, 20);
  if (!listed.ok) return show`${listed.refusal.message}`;
  const { paint, now } = call.output.screen;
  if (listed.value.sessions.length === 0) return show`None yet.`;
  const lines = listed.value.sessions.map(
    (session) => show`  ${paint('bold', session.key)} ${session.title} ${paint('dim', relativeTime(session.lastActivityAt, now))}`,
  );
  return joinShown([...lines, paint('dim', 'Go on with one: guildhall chat --session KEY')]);
}

async function stop({ talk, daemon }: Context): Promise<Shown> {
  const key = talk.partner()?.session;
  if (key === undefined) return show`Nothing runs here.`;
  const answered = await daemon.ask('post', '/v1/sessions/{key}/cancel', cancelledTurns, { params: { key } });
  if (!answered.ok) return show`${answered.refusal.message}`;
  return answered.value.cancelled.length === 0 ? show`Nothing runs here.` : show`Stopped ${count(answered.value.cancelled.length, 'turn')}.`;
}

async function explain({ call, talk, daemon, word }: Context): Promise<Shown> {
  const id = word ?? talk.partner()?.session ?? talk.partner()?.agent.id ?? '';
  const findings = await daemon.ask('get', '/v1/why/{id}', z.array(findingView), { params: { id } });
  return findings.ok ? describeFindings(call.output.screen, findings.value) : show`${findings.refusal.message}`;
}

async function answer(talk: Conversation, word: string | undefined, said: 'approve' | 'deny'): Promise<Shown | undefined> {
  const id = word ?? talk.question();
  if (id === undefined) return show`Nothing is asked here. Which one? /${said} ID; see: guildhall approvals list`;
  await talk.answer(id, said);
  return undefined;
}
