import { done } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { writesFile } from '../effects.ts';
import { pathAliases, pathText, toolInput } from '../input.ts';
import { refused, resultOf, told } from '../result.ts';
import type { WebRules } from '../web/web-fetch.ts';
import { refuseProtected, writeFileBytes } from '../workspace/files.ts';
import { parsePath } from '../workspace/path-text.ts';
import { isProtected } from '../workspace/protected.ts';
import type { Workspaces } from '../workspace/workspace.ts';
import { askBackend, hostOf, type MediaBackend } from './media-backend.ts';

const input = toolInput(
  { text: z.string().min(1).max(4000), path: pathText.describe('Where to put the MP3 in the workspace') },
  { text: ['input', 'content'], path: pathAliases },
);

/** `text_to_speech`: speaks a text into a file of the workspace. */
export function textToSpeechTool(service: MediaBackend, workspaces: Workspaces, rules: WebRules): Tool<z.output<typeof input>> {
  return {
    name: 'text_to_speech',
    description: 'Speak a text and save it as an MP3 file in the workspace.',
    input,
    idempotent: false,
    untrusted: false,
    private: false,
    async canonicalise(args, context) {
      const path = parsePath(args.path, context.workspace);
      if (!path.ok) return path;
      return isProtected(path.value) ? refuseProtected(path.value) : done({ ...args, path: path.value });
    },
    danger: () => null,
    effects: ({ path }, context) => writesFile(path, context, [hostOf(service)]),
    async run(args, context) {
      const workspace = await workspaces.admit(context.workspace);
      if (!workspace.ok) return refused(workspace.refusal);
      const body = { model: service.model, input: args.text, voice: service.voice ?? 'alloy', response_format: 'mp3' };
      const answer = await askBackend(
        service,
        'audio/speech',
        body,
        (type) => type.startsWith('audio/') || type === 'application/octet-stream',
        context.signal,
        rules,
      );
      if (!answer.ok) return refused(answer.refusal);
      const { bytes } = answer.value;
      const written = await writeFileBytes(workspace.value, args.path, bytes);
      return resultOf(written, () => told(`Saved ${args.path} (${bytes.length} bytes).`, { path: args.path }));
    },
  };
}
