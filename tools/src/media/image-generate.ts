import { done, refuse, type Settled } from '@guildhall/protocol';
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
  {
    prompt: z.string().min(1).max(4000),
    path: pathText.describe('Where to put the PNG in the workspace'),
    size: z.enum(['1024x1024', '1536x1024', '1024x1536']).default('1024x1024'),
  },
  { prompt: ['description', 'text'], path: pathAliases },
);

const answerShape = z.object({ data: z.array(z.object({ b64_json: z.base64() })).min(1) });

/** `image_generate`: makes a picture and puts it into the workspace. */
export function imageGenerateTool(service: MediaBackend, workspaces: Workspaces, rules: WebRules): Tool<z.output<typeof input>> {
  return {
    name: 'image_generate',
    description: 'Make a picture from words and save it as a PNG file in the workspace.',
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
      const body = { model: service.model, prompt: args.prompt, size: args.size, n: 1, response_format: 'b64_json' };
      const answer = await askBackend(service, 'images/generations', body, (type) => type === 'application/json', context.signal, rules);
      const picture = answer.ok ? pictureIn(answer.value.bytes) : answer;
      if (!picture.ok) return refused(picture.refusal);
      const written = await writeFileBytes(workspace.value, args.path, picture.value);
      return resultOf(written, () => told(`Saved ${args.path} (${picture.value.length} bytes).`, { path: args.path }));
    },
  };
}

function pictureIn(bytes: Buffer): Settled<Buffer> {
  try {
    const parsed = answerShape.safeParse(JSON.parse(bytes.toString('utf8')));
    const [first] = parsed.data?.data ?? [];
    return first === undefined ? refuse('upstream-failed', 'the service answered without a picture') : done(Buffer.from(first.b64_json, 'base64'));
  } catch {
    return refuse('upstream-failed', 'the service answered with something that is not JSON');
  }
}
