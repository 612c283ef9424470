/** Files a run leaves as its result: attached to the task, because the folder they lie in may be gone when somebody looks. */
import { sha256 } from '@guildhall/kernel';
import { type ArtifactItem, type Settled, done, refuse } from '@guildhall/protocol';
import type { ToolContext } from '@guildhall/sessions';
import { readFileBytes } from '../workspace/files.ts';
import { namesOf, parsePath } from '../workspace/path-text.ts';
import type { Workspaces } from '../workspace/workspace.ts';
import type { KanbanPort } from './kanban-port.ts';

/** Base64 of it is what an attachment may have. */
export const mostAttachmentBytes = 6_000_000;

/** All of them or none: every file is read before the first is attached. What the task has already, byte for byte, is not attached again. */
export async function attachArtifacts(
  port: KanbanPort,
  workspaces: Workspaces,
  wanted: { readonly task: string; readonly paths: readonly string[] },
  context: ToolContext,
): Promise<Settled<readonly ArtifactItem[]>> {
  const files: WorkspaceFile[] = [];
  for (const path of wanted.paths.filter((one) => !isAddress(one))) {
    const file = await readWorkspaceFile(workspaces, path, context);
    if (!file.ok) return refuse(file.refusal.code, `the artifact ${path.slice(0, 200)} cannot be attached: ${file.refusal.message}`);
    files.push(file.value);
  }
  if (files.length > 0) {
    const detail = await port.readTask(wanted.task, context);
    if (!detail.ok) return detail;
    for (const { name, bytes } of files) {
      const digest = sha256(bytes);
      if (detail.value.attachments.some((one) => one.name === name && one.sha256 === digest)) continue;
      const attached = await port.attach(wanted.task, { name, content: bytes.toString('base64') }, context);
      if (!attached.ok) return attached;
    }
  }
  const addresses = wanted.paths.filter(isAddress).map((url) => ({ name: url.slice(0, 255), url }));
  return done([...files.map(({ name, path }) => ({ name, path })), ...addresses]);
}

export interface WorkspaceFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: Buffer;
}

export async function readWorkspaceFile(workspaces: Workspaces, text: string, context: ToolContext): Promise<Settled<WorkspaceFile>> {
  const path = parsePath(text, context.workspace);
  if (!path.ok) return path;
  const workspace = await workspaces.admit(context.workspace);
  if (!workspace.ok) return workspace;
  const file = await readFileBytes(workspace.value, path.value, mostAttachmentBytes);
  if (!file.ok) return file;
  return done({ name: namesOf(path.value).at(-1) ?? path.value, path: path.value, bytes: file.value.bytes });
}

function isAddress(text: string): boolean {
  return /^https?:\/\//iu.test(text);
}
