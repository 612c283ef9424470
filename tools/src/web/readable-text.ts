/** A web page as text: what a reader sees, with headings, lists and links, without scripts, menus and what is hidden. */
import { Parser } from 'htmlparser2';

const leftOut: ReadonlySet<string> = new Set([
  'script',
  'style',
  'noscript',
  'template',
  'svg',
  'math',
  'iframe',
  'object',
  'embed',
  'canvas',
  'video',
  'audio',
  'nav',
  'footer',
  'aside',
  'form',
  'button',
  'select',
  'textarea',
  'dialog',
]);
const voidTags: ReadonlySet<string> = new Set(['embed', 'br', 'hr', 'img', 'input', 'link', 'meta', 'source', 'track', 'wbr', 'area', 'base', 'col', 'param']);
const blocks: ReadonlySet<string> = new Set([
  'p',
  'div',
  'section',
  'article',
  'main',
  'header',
  'ul',
  'ol',
  'table',
  'blockquote',
  'pre',
  'figure',
  'figcaption',
  'dl',
  'dt',
  'dd',
  'address',
  'details',
  'summary',
  'hr',
]);
/** Less text than this in `main` or `article` and the whole page is taken. */
const leastMainChars = 200;

export interface ReadablePage {
  readonly title: string;
  readonly text: string;
}

/** Deeper pages are read up to here: the parser's time grows with the square of the depth. */
const mostDepth = 2000;
const chunkChars = 16 * 1024;

/** `base` resolves the links; `pause` is waited for between parts, so that a large page does not hold up everything else. */
export async function readablePage(html: string, base: string, pause: () => Promise<void>): Promise<ReadablePage> {
  const whole: string[] = [];
  const main: string[] = [];
  let title = '';
  let [hidden, inMain, inPre, inTitle] = [0, 0, 0, false];
  const skipped: boolean[] = [];
  const links: (string | null)[] = [];
  const write = (text: string) => {
    whole.push(text);
    if (inMain > 0) main.push(text);
  };
  const parser = new Parser(
    {
      onopentag(tag, attributes) {
        if (!voidTags.has(tag)) skipped.push(hidden > 0 || isHidden(tag, attributes));
        if (skipped.at(-1) === true && !voidTags.has(tag)) {
          hidden += 1;
          return;
        }
        if (hidden > 0) return;
        if (tag === 'title' && title === '') inTitle = true;
        if (tag === 'main' || tag === 'article') inMain += 1;
        if (tag === 'pre') inPre += 1;
        if (tag === 'a') links.push(webLink(attributes['href'], base));
        write(before(tag));
      },
      ontext(text) {
        if (hidden > 0) return;
        if (inTitle) title += text;
        else write(inPre > 0 ? text : text.replaceAll(/\s+/gu, ' '));
      },
      onclosetag(tag) {
        if (voidTags.has(tag)) return;
        if (skipped.pop() === true) {
          hidden -= 1;
          return;
        }
        if (tag === 'title') inTitle = false;
        if (tag === 'a') {
          const link = links.pop();
          if (link !== undefined && link !== null) write(` (${link})`);
        }
        if (blocks.has(tag) || /^h[1-6]$/u.test(tag)) write('\n\n');
        if (tag === 'td' || tag === 'th') write(' | ');
        if (tag === 'main' || tag === 'article') inMain -= 1;
        if (tag === 'pre') inPre -= 1;
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  );
  for (let at = 0; at < html.length && skipped.length < mostDepth; at += chunkChars) {
    parser.write(html.slice(at, at + chunkChars));
    await pause();
  }
  parser.end();
  const mainText = tidy(main.join(''));
  return { title: title.replaceAll(/\s+/gu, ' ').trim(), text: mainText.length >= leastMainChars ? mainText : tidy(whole.join('')) };
}

function isHidden(tag: string, attributes: Readonly<Record<string, string>>): boolean {
  if (leftOut.has(tag)) return true;
  if (attributes['hidden'] !== undefined || attributes['aria-hidden'] === 'true') return true;
  const style = (attributes['style'] ?? '').replaceAll(/\s/gu, '').toLowerCase();
  return style.includes('display:none') || style.includes('visibility:hidden') || /font-size:0(?:px|em|rem|%)?(?:;|$)/u.test(style);
}

function before(tag: string): string {
  const heading = /^h([1-6])$/u.exec(tag);
  if (heading !== null) return `\n\n${'#'.repeat(Number(heading[1]))} `;
  if (tag === 'li') return '\n- ';
  if (tag === 'br' || tag === 'tr') return '\n';
  return blocks.has(tag) ? '\n\n' : '';
}

function webLink(href: string | undefined, base: string): string | null {
  if (href === undefined || href.startsWith('#') || !URL.canParse(href, base)) return null;
  const url = new URL(href, base);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
}

function tidy(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd().replace(/^ (?=\S)/u, ''))
    .join('\n')
    .replaceAll(/\n{3,}/gu, '\n\n')
    .trim();
}
