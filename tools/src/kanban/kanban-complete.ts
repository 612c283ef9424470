import { type CompleteRequest, type JsonObject, done, evidenceItem, isJsonObject, refuse } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import { refused } from '../result.ts';
import type { Workspaces } from '../workspace/workspace.ts';
import { attachArtifacts } from './artifacts.ts';
import { phantomCards } from './created-cards.ts';
import type { KanbanPort } from './kanban-port.ts';
import { toldJson } from './told-json.ts';
import { boardName, heldTask, ownTaskId, taskId } from './which-task.ts';

const input = toolInput({
  task_id: ownTaskId,
  summary: z
    .string()
    .trim()
    .min(1)
    .max(100_000)
    .exactOptional()
    .describe('What was done, in one to three sentences, for people and for the tasks that come after'),
  result: z.string().trim().min(1).max(100_000).exactOptional().describe('Another name for summary'),
  metadata: z.record(z.string().min(1).max(100), z.json()).exactOptional().describe('Facts for programs: changed files, tests run, decisions'),
  evidence: z
    .array(evidenceItem.extend({ criterion: evidenceItem.shape.criterion.unwrap().exactOptional() }))
    .max(100)
    .default([])
    .describe('What shows the result: a command and what it printed, an address, a file, a note. For each acceptance criterion one item with its number'),
  artifacts: z
    .array(z.string().min(1).max(1000))
    .max(100)
    .default([])
    .describe('Files of your workspace that are the result; they are attached to the task. Or addresses'),
  created_cards: z.array(taskId).max(100).default([]).describe('Tasks you made with kanban_create while working on this one'),
  review: z.boolean().default(false).describe('Hand it to the reviewer although the task does not ask for it'),
  board: boardName,
});

/** `kanban_complete`: the task of this turn is done. */
export function kanbanCompleteTool(port: KanbanPort, workspaces: Workspaces): Tool<z.output<typeof input>> {
  return {
    name: 'kanban_complete',
    description:
      'Say that the task you were started for is done: a summary, evidence for each acceptance criterion, and the files that are the result. It is the last thing you do; without it the task counts as not done.',
    input,
    idempotent: false,
    untrusted: false,
    private: false,
    async canonicalise(args, context) {
      const { result, ...rest } = args;
      if (rest.summary === undefined && result === undefined) return refuse('invalid-input', 'give summary: what was done, in one to three sentences');
      if (rest.summary !== undefined && result !== undefined) return refuse('invalid-input', 'summary and result mean the same; give one of them');
      const own = await heldTask(port, args, context);
      return own.ok ? done({ ...rest, summary: rest.summary ?? result ?? '', task_id: own.value.task }) : own;
    },
    danger: () => null,
    effects: noEffects,
    async run(args, context) {
      const own = await heldTask(port, args, context);
      if (!own.ok) return refused(own.refusal);
      const { task, runId } = own.value;
      const phantom = await phantomCards(port, args.created_cards, context);
      if (phantom.length > 0)
        return refused({
          code: 'not-found',
          message: `created_cards names tasks that you did not make: ${phantom.join(', ')}. List only ids that kanban_create gave you`,
        });
      const artifacts = await attachArtifacts(port, workspaces, { task, paths: args.artifacts }, context);
      if (!artifacts.ok) return refused(artifacts.refusal);
      const request: CompleteRequest = {
        summary: args.summary ?? '',
        metadata: metadataOf(args.metadata, args.created_cards),
        evidence: args.evidence,
        artifacts: [...artifacts.value],
        review: args.review,
        runId,
      };
      const completed = await port.completeTask(task, request, context);
      return completed.ok ? toldJson({ task_id: task, status: completed.value.status }) : refused(completed.refusal);
    },
  };
}

function metadataOf(metadata: z.output<typeof input>['metadata'], cards: readonly string[]): Record<string, JsonObject[string]> {
  return { ...(isJsonObject(metadata) ? metadata : {}), ...(cards.length === 0 ? {} : { created_cards: cards }) };
}
