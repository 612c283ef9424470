import { done, refuse, type Settled } from '@guildhall/protocol';
import type { Tool, ToolContext } from '@guildhall/sessions';
import { z } from 'zod';
import { reachesHosts } from '../effects.ts';
import { pathText, toolInput } from '../input.ts';
import { printable } from '../printable.ts';
import { refused, told } from '../result.ts';
import { dangerOfSending, followable, type AllowedHosts } from '../web/outgoing.ts';
import { parseWebAddress, plainHost } from '../web/web-address.ts';
import { fetchWeb, type WebRules } from '../web/web-fetch.ts';
import { readFileBytes } from '../workspace/files.ts';
import { parsePath } from '../workspace/path-text.ts';
import type { Workspaces } from '../workspace/workspace.ts';
import { askBackend, hostOf, type MediaBackend } from './media-backend.ts';

const mostImageBytes = 8 * 1024 * 1024;

const input = toolInput(
  {
    image: pathText.describe('A picture file of the workspace (PNG, JPEG, GIF, WebP), or its https address'),
    question: z.string().min(1).max(4000).default('Describe this picture.'),
  },
  { image: ['path', 'url', 'image_url', 'imageUrl', 'mediaUrl', 'file_path', 'filePath'], question: ['prompt', 'query'] },
);

const answerShape = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1) });

export interface VisionSurroundings {
  readonly workspaces: Workspaces;
  readonly rules: WebRules;
  readonly hosts: AllowedHosts;
}

/** `vision_analyze`: asks a model that can see about a picture. */
export function visionAnalyzeTool(service: MediaBackend, around: VisionSurroundings): Tool<z.output<typeof input>> {
  return {
    name: 'vision_analyze',
    description: 'Ask a question about a picture: a file of the workspace or a web address.',
    input,
    idempotent: true,
    untrusted: true,
    private: true,
    async canonicalise(args, context) {
      if (isWebAddress(args.image)) {
        const url = parseWebAddress(args.image);
        return url.ok ? done({ ...args, image: url.value.href }) : url;
      }
      const path = parsePath(args.image, context.workspace);
      return path.ok ? done({ ...args, image: path.value }) : path;
    },
    danger: ({ image }, context) => (isWebAddress(image) && URL.canParse(image) ? dangerOfSending([plainHost(new URL(image))], around.hosts, context) : null),
    effects: ({ image }) => reachesHosts([hostOf(service), ...(isWebAddress(image) && URL.canParse(image) ? [plainHost(new URL(image))] : [])]),
    async run(args, context) {
      const bytes = await imageBytes(args.image, context, around);
      if (!bytes.ok) return refused(bytes.refusal);
      const type = imageType(bytes.value, args.image);
      if (!type.ok) return refused(type.refusal);
      const content = [
        { type: 'text', text: args.question },
        { type: 'image_url', image_url: { url: `data:${type.value};base64,${bytes.value.toString('base64')}` } },
      ];
      const body = { model: service.model, messages: [{ role: 'user', content }] };
      const answer = await askBackend(service, 'chat/completions', body, (media) => media === 'application/json', context.signal, around.rules);
      const text = answer.ok ? textIn(answer.value.bytes) : answer;
      return text.ok ? told(printable(text.value)) : refused(text.refusal);
    },
  };
}

function isWebAddress(image: string): boolean {
  return /^https?:/iu.test(image);
}

async function imageBytes(image: string, context: ToolContext, around: VisionSurroundings): Promise<Settled<Buffer>> {
  if (isWebAddress(image)) {
    const answer = await fetchWeb(
      {
        url: image,
        mostBytes: mostImageBytes,
        deadlineMs: 30_000,
        signal: context.signal,
        accepts: (type) => type.startsWith('image/'),
        mayFollow: followable(image, around.hosts, context),
      },
      around.rules,
    );
    return answer.ok ? done(answer.value.bytes) : answer;
  }
  const workspace = await around.workspaces.admit(context.workspace);
  if (!workspace.ok) return workspace;
  const file = await readFileBytes(workspace.value, image, mostImageBytes);
  return file.ok ? done(file.value.bytes) : file;
}

/** What the bytes are by their first ones, whatever a name or a server says. */
function imageType(bytes: Buffer, image: string): Settled<string> {
  const start = bytes.subarray(0, 12).toString('latin1');
  if (start.startsWith('\u0089PNG\r\n')) return done('image/png');
  if (start.startsWith('\u00ff\u00d8\u00ff')) return done('image/jpeg');
  if (start.startsWith('GIF8')) return done('image/gif');
  if (start.startsWith('RIFF') && start.endsWith('WEBP')) return done('image/webp');
  return refuse('invalid-input', `${image.slice(0, 120)} is not a PNG, JPEG, GIF or WebP picture`);
}

function textIn(bytes: Buffer): Settled<string> {
  try {
    const parsed = answerShape.safeParse(JSON.parse(bytes.toString('utf8')));
    const [first] = parsed.data?.choices ?? [];
    return first === undefined ? refuse('upstream-failed', 'the service answered without words') : done(first.message.content);
  } catch {
    return refuse('upstream-failed', 'the service answered with something that is not JSON');
  }
}
