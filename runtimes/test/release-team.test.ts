import { fileURLToPath } from 'node:url';
import type { ModelMessage } from '@guildhall/sessions';
import { expect, test } from 'vitest';
import { createRuntime } from '../src/index.ts';
import { ask, run } from './steps.ts';

const runtime = createRuntime({ env: {}, rehearsalFolder: fileURLToPath(new URL('../../examples/release-team', import.meta.url)) });

/** Plays a turn to its end; every tool answers with its name. */
async function play(agent: string, text: string): Promise<{ readonly tools: readonly string[]; readonly answer: string }> {
  const messages: ModelMessage[] = [{ speaker: 'user', text }];
  const tools: string[] = [];
  for (let taken = 0; taken < 10; taken += 1) {
    const ran = await run(runtime, ask('rehearsal/default', { agent, messages }));
    expect(ran.failure).toBeUndefined();
    const calls = ran.parts.filter((part) => part.type === 'tool-call');
    if (calls.length === 0) return { tools, answer: ran.text };
    tools.push(...calls.map((call) => call.tool));
    messages.push({ speaker: 'assistant', text: ran.text, toolCalls: calls });
    for (const [index, { callId, tool }] of calls.entries()) messages.push({ speaker: 'tool', callId, tool, text: `answer ${index + 1}`, isError: false });
  }
  throw new Error(`${agent} does not come to an end with "${text}"`);
}

test('the director hands the preview out in three parts and sums all of them up', async () => {
  const { tools, answer } = await play('director', 'Please get the preview ready');
  expect(tools).toEqual(['delegate_task', 'delegate_task', 'delegate_task']);
  for (const part of ['answer 1', 'answer 2', 'answer 3']) expect(answer).toContain(part);
});

test('a part that was handed out is answered, not handed out again', async () => {
  for (const part of ['backend', 'frontend', 'qa']) {
    const { tools } = await play('director', `Your part: ${part}\n\nCheck the preview.`);
    expect(tools).toEqual([]);
  }
});

test('the director asks four colleagues whether the release is ready, in one step, and each answers what it was asked', async () => {
  const { tools } = await play('director', 'Is the release ready?');
  expect(tools).toEqual(Array.from({ length: 4 }, () => 'dispatch_handoff'));
  const checks = {
    backend: 'Release check of the server',
    frontend: 'Release check of the pages',
    qa: 'Release check of sign-up',
    sre: 'Release check of what runs',
  };
  for (const [agent, task] of Object.entries(checks)) {
    const { tools: looked, answer } = await play(
      agent,
      `Work handed to you by director.\n\n[task of handoff_1 #9]\n${task}: look.\n[end of task of handoff_1 #9]`,
    );
    expect(looked).toEqual(['search_files']);
    expect(answer).not.toContain('rehears');
  }
});

test('the director sums up in each colleague’s words, and repeats what it was told where somebody has not succeeded', async () => {
  const told = (results: readonly string[]): string => `Of what you handed over, 4 of 4 have ended. Sum up what came of it.\n\n${results.join('\n\n')}`;
  const succeeded = ['backend', 'frontend', 'qa', 'sre'].map(
    (agent) => `handoff_1 to ${agent}: succeeded\n[result of handoff_1 #7]\n${agent} is fine.\n[end of result of handoff_1 #7]`,
  );
  const { tools, answer } = await play('director', told(succeeded));
  expect(tools).toEqual([]);
  for (const agent of ['backend', 'frontend', 'qa', 'sre']) expect(answer).toContain(`${agent}: ${agent} is fine.\n`);
  const failed = await play('director', told([...succeeded.slice(0, 3), 'handoff_1 to sre: failed — the model cannot be reached']));
  expect(failed.answer).toContain('the model cannot be reached');
  expect(failed.answer).not.toContain('Nothing stops the release');
});

test('whatever else is handed over is read, and nobody says they did it', async () => {
  for (const agent of ['backend', 'frontend', 'qa', 'sre']) {
    const { tools, answer } = await play(
      agent,
      'Work handed to you by director.\n\n[task of handoff_1 #31]\nReview the page, restart nothing.\n[end of task of handoff_1 #31]',
    );
    expect(tools).toEqual(['search_files']);
    expect(answer).toContain('Asked was: "Review the page, restart nothing."');
  }
});

test('what touches production is handed over with its risk', async () => {
  expect((await play('director', 'Please restart the workers')).tools).toEqual(['dispatch_handoff']);
});

test('everybody writes, reads, runs and sums up', async () => {
  for (const agent of ['director', 'frontend', 'sre', 'coder']) {
    const { tools, answer } = await play(agent, 'write a file notes.txt saying hello there');
    expect(tools).toEqual(['write_file', 'read_file', 'terminal']);
    expect(answer).toContain('notes.txt is in my workspace');
  }
});

test('a task of the board is ended, and blocked where something has to be shown', async () => {
  const asked = 'Task 7 is yours. Wanted:\nfix the bug\n\n';
  const closing = 'Finish with kanban_complete, with a summary of what was done.';
  for (const agent of ['director', 'backend', 'sre']) {
    expect((await play(agent, `${asked}${closing}`)).tools).toEqual(['kanban_complete']);
    expect((await play(agent, `${asked}To be shown, by number:\n1. it works\n\n${closing}`)).tools).toEqual(['kanban_block']);
  }
});

test('each agent has a voice of its own for everything else', async () => {
  const answers = new Set<string>();
  for (const agent of ['director', 'backend', 'frontend', 'qa', 'sre', 'somebody']) {
    const { answer } = await play(agent, 'good morning');
    expect(answer).toContain('rehears');
    answers.add(answer);
  }
  expect(answers.size).toBe(6);
});

test('the demonstrations in the file’s own words are played', async () => {
  expect((await play('backend', 'fix the health check')).tools).toEqual(['write_file', 'read_file', 'terminal']);
  expect((await play('qa', 'try the sign-up page')).tools).toEqual(['terminal']);
  expect((await play('qa', 'write a report')).tools).toEqual(['write_file']);
  expect((await play('sre', 'restart it')).tools).toEqual(['terminal']);
  expect((await play('frontend', 'how does the page look on a phone?')).tools).toEqual(['write_file', 'read_file']);
});
