/** What an operator does with a role session: let it rest, let it go on, begin its context anew. */
import { z } from 'zod';
import { done, reasonGivenRequest, refuse, roleView, rotateRequest, type JsonObject, type RoleView, type Settled } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import type { RoutePath } from '../../http/daemon-client.ts';
import { makeRequest } from '../../http/request-body.ts';
import { readInput } from '../../input.ts';
import { joinShown, show, type Shown } from '../../terminal/shown.ts';
import type { Answer, Call, RunVerb } from '../../verb.ts';
import { readFileOrStdin } from '../../typed-text.ts';
import { placeWords, rolePlace } from './role-place.ts';

const input = z.object({ ...rolePlace, reason: z.string().optional() });
type Place = z.infer<typeof input>;

export const retireRole: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const body = reasonBody('retire', options.value);
  return send(call, '/v1/plans/{plan}/roles/{role}/retire', options.value, body, (role) => [
    show`It takes no more work; everything it knows is kept.`,
    show`Let it go on: guildhall roles reopen ${placeWords(role)} --reason "why"`,
  ]);
};

export const reopenRole: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const body = reasonBody('reopen', options.value);
  return send(call, '/v1/plans/{plan}/roles/{role}/reopen', options.value, body, (role) => [
    show`It goes on as incarnation ${role.incarnation}, with the same history.`,
  ]);
};

const rotateInput = input.extend({ brief: z.string().min(1).optional() });

export const rotateRole: RunVerb = async (call) => {
  const options = readInput(call, rotateInput);
  if (!options.ok) return options;
  const { reason, brief: file } = options.value;
  if (reason === undefined) return askWhy('rotate', options.value);
  const brief = file === undefined ? done(undefined) : await readFileOrStdin(call, file);
  if (!brief.ok) return brief;
  const body = makeRequest(rotateRequest, { reason, brief: brief.value });
  return send(call, '/v1/plans/{plan}/roles/{role}/rotate', options.value, body, (role) => [
    show`Incarnation ${role.incarnation} begins with a context of its own; the record goes on.`,
    show`Ask the one before: guildhall roles ask "why …?" ${placeWords(role)}`,
  ]);
};

function reasonBody(verb: string, place: Place): Settled<JsonObject> {
  return place.reason === undefined ? askWhy(verb, place) : makeRequest(reasonGivenRequest, { reason: place.reason });
}

function askWhy(verb: string, place: Place) {
  return refuse('invalid-input', `Why? Say it with --reason: guildhall roles ${verb} ${placeWords(place)} --reason "…"`, { option: '--reason' });
}

async function send(
  call: Call,
  path: RoutePath,
  { plan, role }: Place,
  body: Settled<JsonObject>,
  say: (role: RoleView) => readonly Shown[],
): Promise<Settled<Answer>> {
  if (!body.ok) return body;
  return answerWith(call, { method: 'post', path, answer: roleView, params: { plan, role }, body: body.value }, (changed, { paint, marks }) =>
    joinShown([
      show`${paint('green', marks.yes)} ${paint('bold', changed.title)} of ${changed.plan} is ${changed.status}.`,
      ...say(changed).map((line) => paint('dim', show`  ${line}`)),
    ]),
  );
}
