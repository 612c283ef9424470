import { z } from 'zod';
import { artifactItem, completeRequest, done, evidenceItem, refuse, taskView, type JsonObject, type Settled } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import { readTypedObject, readTypedText } from '../../typed-text.ts';
import type { Answer, Call, RunVerb } from '../../verb.ts';
import { answerTask } from './answer-task.ts';
import { askAsHolder } from './as-holder.ts';
import { claimTokenInput } from './claim-token.ts';
import { makeRequest } from '../../http/request-body.ts';

export const completionInput = {
  id: z.string().min(1),
  summary: z.string().optional(),
  metadata: z.string().optional(),
  evidence: z.array(z.string()).optional(),
  artifact: z.array(z.string()).optional(),
  runId: z.string().optional(),
  ...claimTokenInput,
};

const input = z.object({ ...completionInput, review: z.boolean().optional() });

export const completeTask: RunVerb = async (call) => {
  const options = readInput(call, input);
  return options.ok ? complete(call, options.value) : options;
};

/** `review`: it goes to the reviewer although the task does not ask for one. */
export async function complete(call: Call, typed: z.infer<typeof input>): Promise<Settled<Answer>> {
  if (typed.summary === undefined)
    return refuse('invalid-input', `What was done? Say it with --summary: guildhall kanban complete ${typed.id} --summary "parser written, 40 tests"`);
  const summary = await readTypedText(call, typed.summary);
  if (!summary.ok) return summary;
  const metadata = typed.metadata === undefined ? done(undefined) : await readTypedObject(call, '--metadata', typed.metadata);
  if (!metadata.ok) return metadata;
  const evidence = readEach(typed.evidence, readEvidence);
  if (!evidence.ok) return evidence;
  const artifacts = readEach(typed.artifact, readArtifact);
  if (!artifacts.ok) return artifacts;
  const body = makeRequest(completeRequest, {
    summary: summary.value,
    metadata: metadata.value,
    evidence: evidence.value,
    artifacts: artifacts.value,
    review: typed.review,
    runId: typed.runId,
  });
  if (!body.ok) return body;
  const task = await askAsHolder(call, {
    verb: 'complete',
    path: '/v1/tasks/{task}/complete',
    task: typed.id,
    body: body.value,
    answer: taskView,
    token: typed,
  });
  return task.ok ? answerTask(call, task.value) : task;
}

/** `check:npm test, 40 passed`; `check#2:…` shows the second acceptance criterion. */
function readEvidence(typed: string): Settled<JsonObject> {
  const match = /^([a-z]+)(?:#(\d{1,2}))?:(.*)$/s.exec(typed);
  const [, kind = '', criterion, text = ''] = match ?? [];
  const item = { kind, text: text.trim(), ...(criterion === undefined ? {} : { criterion: Number(criterion) }) };
  if (evidenceItem.safeParse(item).success) return done(item);
  return refuse(
    'invalid-input',
    `--evidence is ${JSON.stringify(typed)}: check, link, file or note and a text is wanted, as in "check:npm test, 40 passed"; "check#2:…" is for the second criterion`,
    {
      option: '--evidence',
    },
  );
}

/** `name=https://…` or `name=a/path`. */
function readArtifact(typed: string): Settled<JsonObject> {
  const at = typed.indexOf('=');
  const [name, where] = at === -1 ? [typed, ''] : [typed.slice(0, at), typed.slice(at + 1)];
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(where);
  const item: JsonObject = { name, ...(where === '' ? {} : isUrl ? { url: where } : { path: where }) };
  if (artifactItem.safeParse(item).success) return done(item);
  return refuse('invalid-input', `--artifact is ${JSON.stringify(typed)}: a name and where it is are wanted, as in report=https://example.org/report`, {
    option: '--artifact',
  });
}

/** The first refusal, or all of them read; undefined where there were none. */
function readEach<T>(typed: readonly string[] | undefined, read: (typed: string) => Settled<T>): Settled<T[] | undefined> {
  if (typed === undefined) return done(undefined);
  const all: T[] = [];
  for (const each of typed) {
    const one = read(each);
    if (!one.ok) return one;
    all.push(one.value);
  }
  return done(all);
}
