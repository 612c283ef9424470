import { type AttachmentRequest, type Settled, done, refuse } from '@guildhall/protocol';
import type { Tool, ToolContext } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import { refused } from '../result.ts';
import { parsePath } from '../workspace/path-text.ts';
import type { Workspaces } from '../workspace/workspace.ts';
import { mostAttachmentBytes, readWorkspaceFile } from './artifacts.ts';
import type { KanbanPort } from './kanban-port.ts';
import { toldJson } from './told-json.ts';
import { boardName, meantTask, ownTaskId } from './which-task.ts';

const input = toolInput({
  task_id: ownTaskId,
  path: z.string().min(1).max(4096).exactOptional().describe('A file of your workspace; better than content_base64'),
  filename: z.string().min(1).max(255).exactOptional().describe('The name to keep it under; with path, that of the file when left out'),
  content_base64: z.base64().min(1).max(8_000_000).exactOptional(),
  content_type: z.string().min(1).max(100).exactOptional().describe('Media type, such as application/pdf'),
  board: boardName,
});

type AttachInput = z.output<typeof input>;

/** `kanban_attach`: a file that stays with a task. */
export function kanbanAttachTool(port: KanbanPort, workspaces: Workspaces): Tool<AttachInput> {
  return {
    name: 'kanban_attach',
    description: `Attach a file to a task, for people and for whoever works on it next: a file of the workspace by its path, or content_base64 with a filename. At most ${mostAttachmentBytes / 1_000_000} MB.`,
    input,
    idempotent: false,
    untrusted: false,
    private: false,
    async canonicalise(args, context) {
      if ((args.path === undefined) === (args.content_base64 === undefined)) return refuse('invalid-input', 'give either path or content_base64');
      if (args.content_base64 !== undefined && args.filename === undefined) return refuse('invalid-input', 'content_base64 needs a filename');
      const path = args.path === undefined ? done(undefined) : parsePath(args.path, context.workspace);
      if (!path.ok) return path;
      const task = await meantTask(port, args, context);
      if (!task.ok) return task;
      const filename = leafOf(args.filename ?? path.value ?? '');
      if (filename === '') return refuse('invalid-input', 'the filename is empty');
      return done({ ...args, task_id: task.value, filename, ...(path.value === undefined ? {} : { path: path.value }) });
    },
    danger: () => null,
    effects: noEffects,
    async run(args, context) {
      const content = await contentOf(args, workspaces, context);
      if (!content.ok) return refused(content.refusal);
      const file: AttachmentRequest = {
        name: args.filename ?? '',
        content: content.value,
        ...(args.content_type === undefined ? {} : { mediaType: args.content_type }),
      };
      const attached = await port.attach(args.task_id ?? '', file, context);
      return attached.ok ? toldJson({ task_id: args.task_id, ...attached.value }) : refused(attached.refusal);
    },
  };
}

async function contentOf(args: AttachInput, workspaces: Workspaces, context: ToolContext): Promise<Settled<string>> {
  if (args.path === undefined) return done(args.content_base64 ?? '');
  const file = await readWorkspaceFile(workspaces, args.path, context);
  return file.ok ? done(file.value.bytes.toString('base64')) : file;
}

/** Folders of a name are not kept. */
function leafOf(name: string): string {
  return name.split(/[/\\]/u).at(-1) ?? '';
}
