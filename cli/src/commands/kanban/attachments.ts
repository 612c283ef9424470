import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { attachmentRequest, attachmentView, done, refuse, taskDetail, type Settled } from '@guildhall/protocol';
import type { Daemon } from '../../http/daemon-client.ts';
import { readInput } from '../../input.ts';
import { show } from '../../terminal/shown.ts';
import { byteSize } from '../../terminal/words.ts';
import { fileTrouble } from '../../typed-text.ts';
import type { RunVerb } from '../../verb.ts';
import { askAsHolder } from './as-holder.ts';
import { claimTokenInput } from './claim-token.ts';
import { makeRequest } from '../../http/request-body.ts';

/** What fits into one request as base64. */
const mostBytes = 6_000_000;
const uploadMs = 120_000;

const attachInput = z.object({
  id: z.string().min(1),
  file: z.string().min(1),
  name: z.string().min(1).optional(),
  mediaType: z.string().min(1).optional(),
  ...claimTokenInput,
});

export const attachFile: RunVerb = async (call) => {
  const options = readInput(call, attachInput);
  if (!options.ok) return options;
  const { id, file, name = path.basename(file), mediaType } = options.value;
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (error) {
    return refuse('invalid-input', `${file} cannot be read: ${fileTrouble(error)}`, { file });
  }
  if (content.byteLength > mostBytes)
    return refuse(
      'too-large',
      `${file} has ${byteSize(content.byteLength)}; an attachment may have ${byteSize(mostBytes)}. Put it elsewhere and name it with --artifact.`,
      {
        bytes: content.byteLength,
        mostBytes,
      },
    );
  const body = makeRequest(attachmentRequest, { name, mediaType, content: content.toString('base64') });
  if (!body.ok) return body;
  const attached = await askAsHolder(call, {
    verb: 'attach to',
    path: '/v1/tasks/{task}/attachments',
    task: id,
    body: body.value,
    answer: attachmentView,
    token: options.value,
    timeoutMs: uploadMs,
  });
  if (!attached.ok) return attached;
  return done({
    json: attached.value,
    text: () => show`Attached ${attached.value.name} to ${id} as ${attached.value.id} (${byteSize(attached.value.bytes)}).`,
  });
};

const downloadInput = z.object({ id: z.string().min(1), attachment: z.string().min(1), out: z.string().min(1).optional() });
const content = z.object({ name: z.string(), mediaType: z.string(), content: z.base64() });

export const downloadAttachment: RunVerb = async (call) => {
  const options = readInput(call, downloadInput);
  if (!options.ok) return options;
  const { id: task, out } = options.value;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const id = await findAttachment(daemon.value, task, options.value.attachment);
  if (!id.ok) return id;
  const read = await daemon.value.ask('get', '/v1/tasks/{task}/attachments/{id}', content, { params: { task, id: id.value }, timeoutMs: uploadMs });
  if (!read.ok) return read;
  const bytes = Buffer.from(read.value.content, 'base64');
  if (out === '-') {
    call.stdout.write(bytes);
    return done({ written: true });
  }
  const file = path.resolve(out ?? safeName(read.value.name, id.value));
  try {
    await writeFile(file, bytes, { flag: 'wx' });
  } catch (error) {
    return refuse('already-exists', `${file} was not written: ${String(error)}. Name another with --out.`, { file });
  }
  return done({ json: { file, bytes: bytes.byteLength }, text: () => show`Wrote ${file} (${byteSize(bytes.byteLength)}).` });
};

/** By id, or by name where only one has it. */
async function findAttachment(daemon: Daemon, task: string, wanted: string): Promise<Settled<string>> {
  const detail = await daemon.ask('get', '/v1/tasks/{task}', taskDetail, { params: { task } });
  if (!detail.ok) return detail;
  const { attachments } = detail.value;
  const found = attachments.some(({ id }) => id === wanted) ? [{ id: wanted }] : attachments.filter(({ name }) => name === wanted);
  const [only] = found;
  if (only !== undefined && found.length === 1) return done(only.id);
  if (found.length > 1)
    return refuse(
      'invalid-input',
      `${found.length} attachments of ${task} are called "${wanted}". Name one by its id: ${found.map(({ id }) => id).join(', ')}`,
    );
  return refuse('not-found', `${task} has no attachment "${wanted}". See them with: guildhall kanban attachments ${task}`, { attachment: wanted });
}

/** The name came from somebody else: only its last part, and nothing that hides. */
function safeName(name: string, id: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  return /^[^.\p{C}][^\p{C}]{0,200}$/u.test(last) ? last : id;
}
