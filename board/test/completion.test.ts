import { expect, it } from 'vitest';
import { judgeCompletion, type Completion, type Task } from '../src/index.ts';
import { aTask } from './situations.ts';

function judged(task: Partial<Task>, shown: Partial<Completion> = {}): string {
  const completion = { summary: 'painted', metadata: {}, artifacts: [], evidence: [], review: false, ...shown };
  const verdict = judgeCompletion(aTask(task), completion);
  return verdict.ok ? verdict.value : `${verdict.refusal.code}: ${verdict.refusal.message}`;
}

const note = { kind: 'note', text: 'it is red' } as const;

it('is enough for a task that asks for nothing', () => {
  expect(judged({})).toBe('complete');
});

it('shows each acceptance criterion, and is told by number and words which it does not show', () => {
  const acceptance = ['two coats', 'no drips'];
  expect(judged({ acceptance })).toMatch(/^evidence-missing: .*1\. two coats · 2\. no drips/u);
  expect(judged({ acceptance }, { evidence: [note, { ...note, criterion: 1 }] })).toMatch(/^evidence-missing: .*are met: 2\. no drips\./u);
  expect(judged({ acceptance }, { evidence: [1, 2].map((criterion) => ({ ...note, criterion })) })).toBe('complete');
});

it('names no criterion that is not there', () => {
  expect(judged({ acceptance: ['two coats'] }, { evidence: [{ ...note, criterion: 2 }] })).toMatch(
    /^invalid-input: .*no acceptance criterion 2; the task has 1/u,
  );
});

it('shows something where the task asks for evidence: a check, a note or a file', () => {
  expect(judged({ evidenceRequired: true })).toMatch(/^evidence-missing: .*name at least one/u);
  expect(judged({ evidenceRequired: true }, { evidence: [note] })).toBe('complete');
  expect(judged({ evidenceRequired: true }, { artifacts: [{ name: 'shed.jpg' }] })).toBe('complete');
});

it('goes to the reviewer where the task says so, and where whoever did it wants that', () => {
  expect(judged({ review: 'required' })).toBe('submit');
  expect(judged({}, { review: true })).toBe('submit');
});
