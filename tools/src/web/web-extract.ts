import type { Clock } from '@guildhall/kernel';
import { done, type Settled } from '@guildhall/protocol';
import type { Tool, ToolContext } from '@guildhall/sessions';
import { z } from 'zod';
import { reachesHosts } from '../effects.ts';
import { toolInput } from '../input.ts';
import { printable, printableLine } from '../printable.ts';
import { dangerOfSending, followable, type AllowedHosts } from './outgoing.ts';
import { readablePage } from './readable-text.ts';
import { parseWebAddress, plainHost } from './web-address.ts';
import { fetchWeb, type WebAnswer, type WebRules } from './web-fetch.ts';

const mostBytes = 4 * 1024 * 1024;
const deadlineMs = 30_000;

const input = toolInput(
  {
    urls: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(5)]).describe('One web address, or up to five'),
    max_chars: z.int().min(200).max(50_000).default(20_000).describe('Most characters of each page'),
  },
  { urls: ['url', 'uri', 'link'], max_chars: ['maxChars', 'limit'] },
);

/** `web_extract`: the readable text of web pages. */
export function webExtractTool(rules: WebRules, hosts: AllowedHosts, clock: Clock): Tool<z.output<typeof input>> {
  return {
    name: 'web_extract',
    description: 'Fetch web pages (HTML, plain text, JSON, XML) and read them as text.',
    input,
    idempotent: true,
    untrusted: true,
    private: false,
    async canonicalise(args) {
      const urls: string[] = [];
      for (const text of typeof args.urls === 'string' ? [args.urls] : args.urls) {
        const url = parseWebAddress(text);
        if (!url.ok) return url;
        urls.push(url.value.href);
      }
      return done({ ...args, urls });
    },
    danger: (args, context) => dangerOfSending(hostsOf(args.urls), hosts, context),
    effects: (args) => reachesHosts(hostsOf(args.urls)),
    async run(args, context) {
      const pages = await Promise.all(
        urlsOf(args.urls).map(async (url) => ({ url, page: await readPage(url, { maxChars: args.max_chars, rules, hosts, clock }, context) })),
      );
      const text = pages.map(({ url, page }) => (page.ok ? page.value : `${url}\n(not read: ${page.refusal.message})`)).join('\n\n---\n\n');
      return {
        text,
        isError: pages.every(({ page }) => !page.ok),
        data: { pages: pages.map(({ url, page }) => ({ url, read: page.ok, ...(page.ok ? {} : { refused: page.refusal.code }) })) },
      };
    },
  };
}

function urlsOf(urls: string | readonly string[]): readonly string[] {
  return typeof urls === 'string' ? [urls] : urls;
}

function hostsOf(urls: string | readonly string[]): readonly string[] {
  return urlsOf(urls).map((url) => (URL.canParse(url) ? plainHost(new URL(url)) : url));
}

function isReadable(mediaType: string): boolean {
  return /^text\/(?:html|plain|markdown|xml|csv)$|^application\/(?:json|xml|xhtml\+xml|[\w.-]+\+(?:json|xml))$/u.test(mediaType);
}

interface Reading {
  readonly maxChars: number;
  readonly rules: WebRules;
  readonly hosts: AllowedHosts;
  readonly clock: Clock;
}

async function readPage(url: string, { maxChars, rules, hosts, clock }: Reading, context: ToolContext): Promise<Settled<string>> {
  const answer = await fetchWeb(
    {
      url,
      mostBytes,
      deadlineMs,
      signal: context.signal,
      accepts: isReadable,
      mayFollow: followable(url, hosts, context),
      headers: { accept: 'text/html, text/plain;q=0.9, application/json;q=0.8, */*;q=0.1' },
    },
    rules,
  );
  if (!answer.ok) return answer;
  const { status, mediaType } = answer.value;
  const raw = decodeBody(answer.value);
  const page = /html/u.test(mediaType) ? await readablePage(raw, answer.value.url, () => clock.sleep(0)) : { title: '', text: raw };
  const text = printable(page.text);
  const cut = text.length > maxChars ? `${text.slice(0, maxChars)}\n(${text.length - maxChars} more characters)` : text;
  const heading = [
    answer.value.url,
    ...(page.title === '' ? [] : [printableLine(page.title, 200)]),
    ...(status >= 400 ? [`(the server answered ${status})`] : []),
  ];
  return done(`${heading.join('\n')}\n\n${cut === '' ? '(no readable text)' : cut}`);
}

function decodeBody({ bytes, charset }: WebAnswer): string {
  try {
    return new TextDecoder(charset ?? 'utf-8').decode(bytes);
  } catch {
    return new TextDecoder('utf-8').decode(bytes);
  }
}
