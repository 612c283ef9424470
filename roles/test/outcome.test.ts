import { describe, expect, test } from 'vitest';
import { type EndedRun, judgeOutcome } from '../src/index.ts';

const file = { path: 'artifacts/a.txt', sha256: 'ab', bytes: 3 };
const wrote = { callId: 'c1', tool: 'write_file', outcome: 'done' } as const;

function ended(changes: Partial<EndedRun> = {}): EndedRun {
  return {
    proof: 'artifact',
    turn: { status: 'completed', reason: '', answer: 'All done, every test passes.' },
    blocked: false,
    person: null,
    actions: [],
    files: [],
    expects: [],
    findings: [],
    ...changes,
  };
}

const silent = { status: 'completed', reason: '', answer: ' ' } as const;

describe('an outcome is judged by what is there to be seen', () => {
  test.each<[string, Partial<EndedRun>, string]>([
    ['a claim without a file', {}, 'unproven'],
    ['a file', { files: [file] }, 'succeeded'],
    ['an empty file', { files: [{ ...file, bytes: 0 }] }, 'unproven'],
    ['a call where a file is the proof', { actions: [wrote] }, 'unproven'],
    ['a call where an action is the proof', { proof: 'action', actions: [wrote] }, 'succeeded'],
    ['a refused call where an action is the proof', { proof: 'action', actions: [{ ...wrote, outcome: 'refused' }] }, 'unproven'],
    ['a failed call where an action is the proof', { proof: 'action', actions: [{ ...wrote, outcome: 'failed' }] }, 'unproven'],
    ['a call of which nobody knows', { proof: 'action', actions: [{ ...wrote, outcome: 'unknown' }] }, 'unproven'],
    ['an answer where an answer is the proof', { proof: 'answer' }, 'succeeded'],
    ['silence where an answer is the proof', { proof: 'answer', turn: silent }, 'unproven'],
    ['a file, but another than was to be there', { files: [file], expects: [{ pattern: 'b.txt', found: [] }] }, 'unproven'],
    ['everything that was to be there', { expects: [{ pattern: 'a*', found: ['a.txt'] }] }, 'succeeded'],
    [
      'one of two that were to be there',
      {
        expects: [
          { pattern: 'a', found: ['a'] },
          { pattern: 'b', found: [] },
        ],
      },
      'unproven',
    ],
    ['a turn that failed, whatever it left', { files: [file], turn: { status: 'failed', reason: 'no model', answer: '' } }, 'failed'],
    ['a turn that was cancelled', { turn: { status: 'cancelled', reason: 'stopped', answer: '' } }, 'cancelled'],
    ['a skill that was missing', { blocked: true, turn: { status: 'failed', reason: 'no skill', answer: '' } }, 'blocked'],
    ['a person who says it is done', { person: 'succeeded' }, 'succeeded'],
    ['a person who says it failed, whatever is there', { person: 'failed', files: [file] }, 'failed'],
    ['a person whose file is not there', { person: 'succeeded', expects: [{ pattern: 'b', found: [] }] }, 'unproven'],
  ])('%s', (_what, changes, outcome) => {
    expect(judgeOutcome(ended(changes)).outcome).toBe(outcome);
  });

  test('the reason names what is missing, and the calls that came to nothing', () => {
    const judged = judgeOutcome(ended({ expects: [{ pattern: 'out/*.md', found: [] }], actions: [{ callId: 'c1', tool: 'terminal', outcome: 'refused' }] }));
    expect(judged.reason).toContain('out/*.md');
    expect(judged.reason).toContain('terminal (refused)');
    expect(judged.evidence.filter(({ kind }) => kind === 'tool-call')).toEqual([]);
  });

  test('the evidence names files, findings and calls, and of the answer only that there is one', () => {
    const { evidence } = judgeOutcome(ended({ files: [file], findings: ['find_1'], actions: [{ callId: 'c2', tool: 'revalidate_finding', outcome: 'done' }] }));
    expect(evidence.map(({ kind, ref }) => [kind, ref])).toEqual([
      ['artifact', 'artifacts/a.txt'],
      ['finding', 'find_1'],
      ['verdict', 'c2'],
      ['answer', ''],
    ]);
  });
});
