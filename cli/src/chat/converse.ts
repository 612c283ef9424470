/** A conversation at the terminal: it shows the session live, sends what is typed, and answers commands that begin with a slash. */
import { randomBytes, randomUUID } from 'node:crypto';
import { done, type AcceptedAnswer, type Settled, type StreamEvent, type TurnView } from '@guildhall/protocol';
import { followStream } from '../streaming/follow-stream.ts';
import { joinShown, show, type Shown } from '../terminal/shown.ts';
import type { Call } from '../verb.ts';
import { readAnswer, readQuestion, sendAnswer, type Question } from './approval-question.ts';
import { describeEntries, describeMessage } from './describe-entry.ts';
import { describeCost, describeFailure } from './describe-turn.ts';
import { createLinePen, type LinePen } from './line-pen.ts';
import { findPartner, readHistory, type Partner } from './partner.ts';
import { openPrompt, type Prompt } from './prompt.ts';
import { isSlashCommand, runSlashCommand, type Conversation } from './slash-commands.ts';
import { isStreamEvent, readHandoff, readText } from './stream-event.ts';
import { createTurnScreen, type TurnScreen } from './turn-screen.ts';
import { awaitTurn, findBeginning, readEntry, sendMessage, type ChatAddress } from './turns.ts';

const historyLength = 20;
/** How long after the end of a turn its last events may still arrive. */
const graceMs = 1000;

/** Ends when the person leaves. */
export async function converse(call: Call, address: ChatAddress): Promise<Settled<null>> {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const partner = await findPartner(daemon.value, address);
  if (!partner.ok) return partner;
  const talk = createTalk(call);
  await talk.turnTo(partner.value);
  await talk.ended;
  return done(null);
}

interface Talk extends Conversation {
  readonly ended: Promise<void>;
}

function createTalk(call: Call): Talk {
  const { screen } = call.output;
  const { paint, marks } = screen;
  const left = Promise.withResolvers<void>();
  const running = new Map<string, PromiseWithResolvers<void>>();
  const inFlight = new Set<string>();
  /** What is asked, by the approval that answers it; the first is asked now. */
  const questions = new Map<string, Question>();
  const nextQuestion = () => questions.entries().next().value;
  let partner: Partner | undefined;
  let following = new AbortController();
  let turnScreen: TurnScreen | undefined;
  let gone = false;
  let sending = Promise.resolve();
  let warnedAt = Number.NEGATIVE_INFINITY;

  const prompt: Prompt = openPrompt(call, { onText: (text) => void take(text), onInterrupt: () => onInterrupt(), onEnd: () => leave() });
  const pen: LinePen = createLinePen(call.output, prompt.hide);
  const say = (line: Shown) => pen.aside(line);
  const ready = () => {
    if (running.size === 0 && inFlight.size === 0) pen.rest();
    const question = nextQuestion();
    if (question !== undefined) prompt.show(show`${paint('yellow', `${question[1].words} y/n `)}`);
    else if (running.size === 0 && inFlight.size === 0) prompt.show(show`${paint('green', 'you')} ${paint('dim', marks.prompt)} `);
  };

  const take = async (text: string) => {
    if (text.trim() === '') {
      ready();
      return;
    }
    const question = nextQuestion()?.[0];
    const said = question === undefined ? undefined : readAnswer(text);
    if (said !== undefined && question !== undefined) await answer(question, said);
    else if (isSlashCommand(text)) await runSlashCommand(call, talk, text);
    else if (question !== undefined && questions.get(question)?.holdsUp === true) say(show`First answer y or n, or see /help.`);
    else await sendInOrder(text);
    ready();
  };

  /** What is typed while a message is on its way goes after it. */
  const sendInOrder = (text: string): Promise<void> => {
    sending = sending.then(() => send(text));
    return sending;
  };

  const send = async (text: string) => {
    if (partner === undefined) return;
    inFlight.add(text);
    const accepted = await sendMessage(call, partner.address, text, randomUUID(), () => {
      say(paint('yellow', 'The daemon is away; your message goes when it is back.'));
    });
    if (accepted.ok) {
      running.set(accepted.value.turnId, running.get(accepted.value.turnId) ?? Promise.withResolvers<void>());
      if (partner.session !== accepted.value.sessionKey) await join(accepted.value);
      void finishTurn(accepted.value.turnId);
    } else say(paint('red', show`${marks.no} ${accepted.refusal.message}`));
    inFlight.delete(text);
  };

  const join = async (accepted: AcceptedAnswer) => {
    if (partner === undefined) return;
    partner = { ...partner, session: accepted.sessionKey };
    void follow(accepted.sessionKey, await findBeginning(call, accepted));
  };

  const finishTurn = async (turnId: string) => {
    const turn = await awaitTurn(call, turnId);
    const seen = running.get(turnId);
    if (turn.ok && seen !== undefined && turn.value.id === turnId) await Promise.race([seen.promise, after(graceMs)]);
    running.delete(turnId);
    if (call.signal.aborted) return;
    if (turn.ok) tellEnd(turn.value);
    else say(paint('red', show`${marks.no} ${turn.refusal.message}`));
    ready();
  };

  const tellEnd = (turn: TurnView) => {
    if (turn.sessionKey !== partner?.session) {
      say(paint('dim', show`${marks.dot} ${turn.agent} is done (${turn.status}) in ${turn.sessionKey}`));
      return;
    }
    if (turn.answer !== undefined) turnScreen?.settle(turn.answer);
    const failure = describeFailure(screen, turn);
    if (failure !== undefined) say(failure);
    say(describeCost(screen, turn));
  };

  const follow = async (key: string, afterSeq: number) => {
    following.abort();
    following = new AbortController();
    const signal = AbortSignal.any([following.signal, call.signal]);
    const agent = partner?.agent;
    turnScreen = createTurnScreen({
      pen,
      screen,
      named: true,
      agent: agent?.id ?? 'agent',
      rehearsal: agent?.rehearsal === true,
      readEntry: (seq) => readEntry(call, key, seq),
    });
    for await (const followed of followStream(call, { path: '/v1/sessions/{key}/stream', params: { key }, lastEventId: String(afterSeq), signal })) {
      if (followed.kind === 'lost') say(paint('yellow', 'The daemon is away; looking for it.'));
      if (followed.kind === 'back') say(paint('green', 'The daemon is back; nothing was lost.'));
      if (followed.kind === 'refused') say(paint('red', show`${marks.no} ${followed.refusal.message}`));
      if (followed.kind === 'message' && isStreamEvent(followed.data)) await showEvent(followed.data);
      if (followed.kind !== 'message') ready();
    }
  };

  const showEvent = async (event: StreamEvent) => {
    await turnScreen?.show(event);
    if (event.type === 'RUN_FINISHED' || event.type === 'RUN_ERROR') {
      running.get(event.runId)?.resolve();
      if (!running.has(event.runId)) ready();
    }
    if (event.type !== 'CUSTOM') return;
    const read = (name: string) => readText(event, name);
    if (event.name === 'guildhall.user-message' && !running.has(read('turnId')) && !inFlight.has(read('text')))
      say(describeMessage(screen, { from: read('from'), text: read('text'), handoff: readHandoff(event) }));
    if (event.name === 'guildhall.approval-asked') await ask(read('approvalId'));
    if (event.name === 'guildhall.approval-answered') settleQuestion(read('approvalId'), read('status'));
  };

  const ask = async (id: string) => {
    const question = await readQuestion(call, id);
    if (question === undefined || questions.has(id)) return;
    questions.set(id, question);
    say(question.text);
    ready();
  };

  const settleQuestion = (id: string, status: string) => {
    if (!questions.delete(id)) return;
    say(show`Answered elsewhere: ${status}`);
    ready();
  };

  const answer = async (id: string, said: 'approve' | 'deny') => {
    questions.delete(id);
    say(await sendAnswer(call, id, said));
  };

  const onInterrupt = () => {
    const now = performance.now();
    if (now - warnedAt < 3000) {
      leave();
      return;
    }
    warnedAt = now;
    if (running.size > 0) void runSlashCommand(call, talk, '/stop');
    say(running.size > 0 ? show`Stopping. Ctrl-C again leaves.` : show`Ctrl-C again leaves; so does /quit.`);
    ready();
  };

  const leave = () => {
    if (gone) return;
    gone = true;
    following.abort();
    pen.rest();
    prompt.close();
    left.resolve();
    if (running.size > 0) call.output.tell(show`What runs goes on without you: guildhall chat shows it when you come back.`);
    call.interrupt();
  };

  const talk: Talk = {
    ended: left.promise,
    say,
    leave,
    answer,
    partner: () => partner,
    question: () => nextQuestion()?.[0],
    async turnTo(next) {
      partner = next;
      following.abort();
      questions.clear();
      say(describePartner(call, next));
      const daemon = await call.connect();
      if (next.session !== undefined && daemon.ok) {
        const history = await readHistory(daemon.value, next.session, historyLength);
        if (history.ok && history.value.length > 0) say(joinShown(describeEntries(screen, next.agent.id, history.value)));
        void follow(next.session, history.ok ? (history.value.at(-1)?.seq ?? 0) : 0);
      }
      ready();
    },
    async begin() {
      if (partner !== undefined)
        await talk.turnTo({ agent: partner.agent, address: { agent: partner.agent.id, thread: randomBytes(4).toString('hex') }, session: undefined });
    },
  };
  call.signal.addEventListener('abort', leave, { once: true });
  return talk;
}

function describePartner(call: Call, { agent, session }: Partner): Shown {
  const { paint, marks } = call.output.screen;
  const model = agent.rehearsal ? paint('yellow', '[rehearsal] no real model is connected; guildhall doctor says why') : paint('dim', show`${agent.model}`);
  const place = session ?? 'a new conversation';
  return show`${paint('bold', agent.id)} ${paint('dim', marks.dot)} ${model} ${paint('dim', show`${marks.dot} ${place} ${marks.dot} /help`)}`;
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
