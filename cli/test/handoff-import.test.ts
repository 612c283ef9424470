import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lineOf, placesIn } from '../src/commands/handoffs/places-in-json.ts';
import { startHandoffDaemon, type HandoffDaemon } from './handoff-daemon.ts';
import { runInside } from './run-program.ts';
import { openHandoff, sampleHandoff } from './sample-handoff.ts';
import { Refused, textOf } from './test-daemon.ts';

let daemon: HandoffDaemon;
let folder: string;

beforeEach(async () => {
  daemon = await startHandoffDaemon();
  folder = mkdtempSync(path.join(tmpdir(), 'guildhall-import-'));
  daemon.answerTo = () => ({ ...openHandoff('queued'), duplicate: false, warnings: [] });
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await daemon.remove();
});

/** As people write it down. */
const record = {
  source_session: 'director',
  target_session: 'frontend',
  target_chat: 'telegram:-1234567890',
  task: 'Review the public preview homepage and report mobile/visual blockers.',
  risk_level: 'low',
  forbidden_actions: ['db_write', 'dns_change'],
  reply_policy: 'post_progress_in_target_chat',
  audit_id: 'handoff_...',
  requires_user_confirmation: false,
};

const load = (content: unknown, ...flags: readonly string[]) => {
  const file = path.join(folder, 'handoff.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return runInside(['handoffs', 'import', file, ...flags], { home: daemon.home });
};

describe('a record', () => {
  test('is sent as it was written, and its warnings are told beside the answer', async () => {
    daemon.answerTo = () => ({ ...openHandoff('queued'), duplicate: false, warnings: ['audit_id is the daemon\u2019s to say\u001b[31m'] });
    const ran = await load(record);
    expect(ran).toMatchObject({ code: 0, stderr: 'audit_id is the daemon\u2019s to say\\x1b[31m\n' });
    expect(ran.stdout).toContain('director → frontend  queued  hnd_1');
    expect(daemon.sent).toEqual([{ route: 'post /v1/handoffs/import', params: {}, body: record }]);
    expect(JSON.parse((await load(record, '--json')).stdout)).toMatchObject({ id: 'hnd_1', warnings: [expect.stringContaining('audit_id')] });
  });

  test('may come on stdin', async () => {
    const ran = await runInside(['handoffs', 'import', '-'], { home: daemon.home, input: JSON.stringify(record) });
    expect(ran.code).toBe(0);
    expect(daemon.sent).toMatchObject([{ body: record }]);
  });

  test('that a guardrail refuses is exit 3', async () => {
    daemon.answerTo = () => {
      throw new Refused('not-allowed', 'no', { handoff: 'hnd_9', guardrail: 'risk' });
    };
    const ran = await load(record);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('guildhall handoffs explain hnd_9');
  });
});

describe('an array', () => {
  const records = ['one', 'two', 'three'].map((task) => ({ ...record, task }));

  test('is sent one after the other; what a guardrail refuses is a record too, and stops nothing', async () => {
    daemon.handoffs.set('hnd_9', sampleHandoff({ id: 'hnd_9', status: 'refused', outcome: null, reason: 'no' }));
    daemon.answerTo = (body) => {
      if (textOf(body, 'task') === 'two') throw new Refused('not-allowed', 'no', { handoff: 'hnd_9', guardrail: 'risk' });
      return { ...openHandoff('queued', { task: textOf(body, 'task') }), duplicate: false, warnings: [] };
    };
    const ran = await load(records, '--json');
    expect(ran.code).toBe(3);
    expect(JSON.parse(ran.stdout)).toMatchObject([{ task: 'one' }, { id: 'hnd_9', status: 'refused' }, { task: 'three' }]);
    expect((await load(records)).stdout).toContain('refused  hnd_9\n  no\n');
  });

  test('stops at what nobody decided about, and tells what was not sent', async () => {
    daemon.answerTo = (body) => {
      if (textOf(body, 'task') === 'two') throw new Refused('storage-unavailable', 'the database is away');
      return { ...openHandoff('queued'), duplicate: false, warnings: [] };
    };
    const ran = await load(records, '--json');
    expect(ran).toMatchObject({ code: 1, stderr: 'The last 1 of 3 were not sent.\n' });
    expect(JSON.parse(ran.stdout)).toMatchObject([{ id: 'hnd_1' }, { error: { code: 'storage-unavailable' } }]);
  });
});

describe('a bad file is exit 2 with the line of every mistake, and nothing is sent', () => {
  test.each([
    ['no JSON', '{\n  "task": "x",\n  "risk_level" "low"\n}', [[3, /^Expected ':' after property name.* at column 16$/]]],
    ['cut off', '{\n  "task": "x",\n', [[3, /^Expected double-quoted property name at column 1$/]]],
    ['an empty file', '', [[1, /end of JSON/]]],
    ['no record', '[]', [[1, /there is no record in it/]]],
    ['no object', '[\n1]', [[2, /the record: /]]],
    [
      'wrong and unknown fields',
      '{\n  "source_session": "a",\n  "target_session": "b",\n  "task": 7,\n  "depth": 1,\n  "risk_level": "low"\n}',
      [
        [4, /^task: /],
        [5, /^depth is no field of a handoff; there are source_session, /],
      ],
    ],
    ['a missing field', '{ "source_session": "a",\n "target_session": "b" }', [[1, /^task is missing$/]]],
    [
      'the second of two',
      '[\n  {"source_session": "a", "target_session": "b", "task": "t"},\n  {\n    "source_session": "a", "target_session": "b", "task": "t",\n    "forbidden_actions": ["x",\n      ""]\n  }\n]',
      [[6, /^forbidden_actions\.1: it must not be empty$/]],
    ],
    ['the same field twice', '{"source_session": "a", "target_session": "b",\n"task": "harmless",\n"task": "not so"}', [[3, /^task is given twice$/]]],
  ] as const)('%s', async (_what, content, mistakes) => {
    const ran = await load(content, '--json');
    expect(ran.code).toBe(2);
    expect(daemon.asked).toEqual([]);
    const { error } = JSON.parse(ran.stdout) as { readonly error: { readonly details: { readonly errors: readonly unknown[] } } };
    expect(error.details.errors).toEqual(mistakes.map(([line, message]) => ({ line, message: expect.stringMatching(message) as string })));
    const people = await load(content);
    for (const [line] of mistakes) expect(people.stderr).toContain(`${path.join(folder, 'handoff.json')}:${line}: `);
  });
});

test('every value of a JSON text is found on its line', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.integer({ min: 1, max: 4 }), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const lines = text.split('\n');
      const places = [...placesIn(text)];
      expect(places.length).toBe(countValues(value));
      for (const place of places) {
        const key = place.path.at(-1);
        const inner = place.path.reduce<unknown>((whole, step) => Reflect.get(Object(whole), step), value);
        const shown = typeof key === 'string' ? `${JSON.stringify(key)}:` : JSON.stringify(inner, null, indent).split('\n')[0];
        expect(lines[place.line - 1]).toContain(shown);
        expect(lineOf(places, place.path)).toBe(place.line);
      }
    }),
  );
});

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + countValues(inner), 1);
}
