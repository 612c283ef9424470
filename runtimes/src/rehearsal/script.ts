/**
 * The script of a rehearsal: rules, read from the top; the first that fits a step is played.
 *
 * ```yaml
 * rules:
 *   - match: { agent: coder, text: "write a file {file} saying {words...}" }
 *     steps:
 *       - say: I write it.
 *         call: { tool: write_file, args: { path: "{file}", content: "{words}" } }
 *       - say: It is there now.
 *   - match: { after_tool: read_file }
 *     say: "It says: {result}"
 * ```
 *
 * `match` — all that is given must hold: `agent` (one or several), `text` (one pattern or several, see `pattern.ts`; of the last message), `after_tool` (the step follows a
 * result of this tool, `"*"` for any). A rule plays its `steps` one by one while the turn goes on, then fits no longer; `say`, `think`, `call`, `calls` and `fail` on the rule
 * itself are its only step; `repeat: true` plays the last step for ever; a rule with `after_tool` has one step and plays it as often as it fits.
 *
 * In every text of `say`, `think` and `args`: `{text}` is the last message, `{result}` the last tool result, `{tool}` its tool, `{results}` all results of the
 * last step, `{agent}` the agent, and every hole of the pattern its words. Other braces stay as they are.
 *
 * `call` may name any tool with any arguments, wrong ones too. `fail` ends the step as a provider would: `unreachable`, `timed-out`, `rate-limited` … `pace_ms` pauses
 * between the pieces of what is said.
 */
import { type Json, type Settled, done, refuse } from '@guildhall/protocol';
import type { ModelFailureCode } from '@guildhall/sessions';
import { z } from 'zod';
import { type Pattern, readPattern } from './pattern.ts';
import { type YamlText, readYamlText } from './yaml-text.ts';

export interface Script {
  /** The file as messages name it. */
  readonly file: string;
  readonly rules: readonly Rule[];
}

export interface Rule {
  /** Undefined: every agent. */
  readonly agents: readonly string[] | undefined;
  /** Any of them; undefined: every text. */
  readonly texts: readonly Pattern[] | undefined;
  readonly afterTools: readonly string[] | undefined;
  readonly steps: readonly ScriptStep[];
  readonly repeat: boolean;
}

export interface ScriptStep {
  readonly think: string;
  readonly say: string;
  readonly calls: readonly { readonly tool: string; readonly args: Json }[];
  readonly fail: ModelFailureCode | undefined;
  readonly paceMs: number;
}

const failures = [
  'unreachable',
  'timed-out',
  'rate-limited',
  'refused-credential',
  'bad-answer',
  'cut-off',
  'overloaded',
  'context-too-long',
  'not-configured',
] as const satisfies readonly ModelFailureCode[];

const oneOrMore = (item: z.ZodString) => z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(item).min(1).max(100));
const name = z.string().min(1).max(200);
const call = z.strictObject({ tool: name, args: z.json().default({}) });

const stepFields = {
  think: z.string().optional(),
  say: z.string().optional(),
  call: call.optional(),
  calls: z.array(call).min(1).max(200).optional(),
  fail: z.enum(failures).optional(),
  pace_ms: z.int().min(0).max(600_000).optional(),
};

const step = z.strictObject(stepFields);

const rule = z
  .strictObject({
    match: z.strictObject({ agent: oneOrMore(name).optional(), text: oneOrMore(name).optional(), after_tool: oneOrMore(name).optional() }).optional(),
    ...stepFields,
    steps: z.array(step).min(1).max(200).optional(),
    repeat: z.boolean().optional(),
  })
  .superRefine((value, context) => {
    const own = Object.keys(stepFields).some((field) => field in value);
    if (own === (value.steps !== undefined))
      context.addIssue({ code: 'custom', message: 'a rule has either steps, or say, think, call, calls or fail of its own' });
    if (value.match?.after_tool !== undefined && value.steps !== undefined)
      context.addIssue({ code: 'custom', path: ['steps'], message: 'a rule with after_tool has one step: put say and call on the rule itself' });
  });

const script = z.strictObject({ rules: z.array(rule).min(1).max(2000) });

/** Reads a script. `invalid-config` names the file, the line and what is wrong there; `file` is how messages name it. */
export function parseRehearsalScript(text: string, file: string): Settled<Script> {
  const yaml = readYamlText(text, file);
  if (!yaml.ok) return yaml;
  const parsed = script.safeParse(yaml.value.data);
  if (!parsed.success) return firstIssue(parsed.error, yaml.value);
  const rules: Rule[] = [];
  for (const [index, written] of parsed.data.rules.entries()) {
    const read = readRule(written, yaml.value, index);
    if (!read.ok) return read;
    rules.push(read.value);
  }
  return done({ file, rules });
}

function readRule(written: z.output<typeof rule>, yaml: YamlText, index: number): Settled<Rule> {
  const texts: Pattern[] = [];
  for (const text of written.match?.text ?? []) {
    const pattern = readPattern(text);
    if (!pattern.ok) return refuse('invalid-config', `${yaml.placeOf(['rules', index, 'match', 'text'])}: ${pattern.refusal.message}`);
    texts.push(pattern.value);
  }
  return done({
    agents: written.match?.agent,
    texts: texts.length === 0 ? undefined : texts,
    afterTools: written.match?.after_tool,
    steps: (written.steps ?? [written]).map(readStep),
    repeat: written.repeat ?? false,
  });
}

function readStep(written: z.output<typeof step>): ScriptStep {
  const calls = [...(written.call === undefined ? [] : [written.call]), ...(written.calls ?? [])];
  return { think: written.think ?? '', say: written.say ?? '', calls, fail: written.fail, paceMs: written.pace_ms ?? 0 };
}

function firstIssue(error: z.ZodError, yaml: YamlText): Settled<never> {
  const [issue] = error.issues;
  const path = issue?.path.filter((part) => typeof part !== 'symbol') ?? [];
  const where = path.length === 0 ? 'the script' : path.join('.');
  return refuse('invalid-config', `${yaml.placeOf(path)}: ${where}: ${issue?.message ?? 'is not a script'}`);
}
