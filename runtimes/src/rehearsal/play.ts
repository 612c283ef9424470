/** Which step of a script is played, and what it says. Pure. */
import type { Json } from '@guildhall/protocol';
import type { ModelRequest } from '@guildhall/sessions';
import { type Captures, findPattern } from './pattern.ts';
import type { Rule, Script, ScriptStep } from './script.ts';

export interface Scene {
  readonly agent: string;
  /** The last message of a person, or of whoever began the turn. */
  readonly text: string;
  /** Steps the agent took since that message. */
  readonly stepsTaken: number;
  /** Tools whose results came after the last step, in order. */
  readonly results: readonly { readonly tool: string; readonly text: string; readonly isError: boolean }[];
}

export function sceneOf(request: ModelRequest): Scene {
  const began = request.messages.findLastIndex((message) => message.speaker === 'user');
  const since = request.messages.slice(began + 1);
  const results = since.slice(since.findLastIndex((message) => message.speaker === 'assistant') + 1);
  return {
    agent: request.agent,
    text: request.messages[began]?.text ?? '',
    stepsTaken: since.filter((message) => message.speaker === 'assistant').length,
    results: results.flatMap((message) =>
      message.speaker === 'tool' ? [{ tool: message.tool, text: bareResult(message.text), isError: message.isError }] : [],
    ),
  };
}

/** The step with every template filled in. */
export function playStep(script: Script, scene: Scene): ScriptStep {
  for (const rule of script.rules) {
    const captures = fit(rule, scene);
    const step = captures === undefined ? undefined : stepOf(rule, scene.stepsTaken);
    if (captures !== undefined && step !== undefined) return fillStep(step, valuesOf(scene, captures));
  }
  return { think: '', say: lastResort(script, scene), calls: [], fail: undefined, paceMs: 0 };
}

function fit(rule: Rule, scene: Scene): Captures | undefined {
  if (rule.agents !== undefined && !rule.agents.includes(scene.agent)) return undefined;
  if (rule.afterTools !== undefined && !scene.results.some(({ tool }) => rule.afterTools?.includes(tool) === true || rule.afterTools?.includes('*') === true))
    return undefined;
  if (rule.texts === undefined) return {};
  for (const pattern of rule.texts) {
    const captures = findPattern(pattern, scene.text);
    if (captures !== undefined) return captures;
  }
  return undefined;
}

function stepOf(rule: Rule, taken: number): ScriptStep | undefined {
  if (rule.afterTools !== undefined) return rule.steps[0];
  return rule.steps[taken] ?? (rule.repeat ? rule.steps.at(-1) : undefined);
}

/** A turn always comes to an end, also where the script does. */
function lastResort(script: Script, scene: Scene): string {
  const last = scene.results.at(-1);
  if (last === undefined) return `This is a rehearsal, and no rule of ${script.file} fits: "${scene.text}"`;
  return last.isError ? `${last.tool} did not work: ${last.text}` : `Done. ${last.tool} answered: ${last.text}`;
}

type Values = Readonly<Record<string, string>>;

function valuesOf(scene: Scene, captures: Captures): Values {
  const last = scene.results.at(-1);
  return {
    ...captures,
    text: scene.text,
    agent: scene.agent,
    result: last?.text ?? '',
    results: scene.results.map((result) => result.text).join('\n\n'),
    tool: last?.tool ?? '',
  };
}

function fillStep(step: ScriptStep, values: Values): ScriptStep {
  const calls = step.calls.map(({ tool, args }) => ({ tool: fill(tool, values), args: fillJson(args, values) }));
  return { ...step, think: fill(step.think, values), say: fill(step.say, values), calls };
}

/** In one pass: what was filled in is not read again. */
function fill(text: string, values: Values): string {
  return text.replaceAll(/\{([a-z][a-z0-9_]*)\}/g, (hole, name: string) => (Object.hasOwn(values, name) ? (values[name] ?? hole) : hole));
}

function fillJson(value: Json, values: Values): Json {
  if (typeof value === 'string') return fill(value, values);
  if (Array.isArray(value)) return value.map((item: Json) => fillJson(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fillJson(member, values)]));
}

/** Without the marks a turn puts around other people's words. */
function bareResult(text: string): string {
  return /^\[([^\n]*) #(\d+)\]\n([\s\S]*)\n\[end of \1 #\2\]$/.exec(text)?.[3] ?? text;
}
