import type { z } from 'zod';
import { done, type Settled } from '@guildhall/protocol';
import type { Screen } from '../terminal/screen.ts';
import type { Shown } from '../terminal/shown.ts';
import type { Answer, Call } from '../verb.ts';
import type { Ask, Method, RoutePath } from './daemon-client.ts';

export interface Question<T> extends Ask {
  readonly method: Method;
  readonly path: RoutePath;
  readonly answer: z.ZodType<T>;
}

/** Most verbs: one question to the daemon, whose answer is told to programs as it is and to people by `say`. */
export async function answerWith<T>(call: Call, question: Question<T>, say: (answer: T, screen: Screen) => Shown): Promise<Settled<Answer>> {
  const answer = await askOnce(call, question);
  return answer.ok ? done({ json: answer.value, text: () => say(answer.value, call.output.screen) }) : answer;
}

export async function askOnce<T>(call: Call, { method, path, answer, ...ask }: Question<T>): Promise<Settled<T>> {
  const daemon = await call.connect();
  return daemon.ok ? daemon.value.ask(method, path, answer, ask) : daemon;
}
