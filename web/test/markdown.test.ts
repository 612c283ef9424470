import fc from 'fast-check';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumFile, launchChromium, needsChromium, visit } from './browser.ts';
import { startGuildhall, type GuildhallDouble } from './guildhall-double.ts';
import { team } from './team.ts';

/** Renders in the page and answers with an outline: `p(text em(text))`, attributes left out. */
const outline = `async (source) => {
  const { blocksOf } = await import('/assets/markdown.js');
  const show = (node) => node.nodeType === 3 ? node.data : node.localName + '(' + [...node.childNodes].map(show).join('') + ')';
  return blocksOf(source).map((block) => show(block.render())).join(' ');
}`;

/** What a rendering may consist of, in elements and attributes. */
const inspect = `async (source) => {
  const { blocksOf } = await import('/assets/markdown.js');
  const began = performance.now();
  const all = blocksOf(source).map((block) => block.render()).flatMap((node) => [node, ...node.querySelectorAll('*')]);
  return {
    ms: performance.now() - began,
    elements: [...new Set(all.map((e) => e.localName))],
    attributes: [...new Set(all.flatMap((e) => e.getAttributeNames()))],
    addresses: all.filter((e) => e.hasAttribute('href')).map((e) => e.protocol),
  };
}`;

interface Inspection {
  readonly ms: number;
  readonly elements: readonly string[];
  readonly attributes: readonly string[];
  readonly addresses: readonly string[];
}

const elements = [
  'p',
  'h3',
  'h4',
  'h5',
  'h6',
  'ul',
  'ol',
  'li',
  'blockquote',
  'hr',
  'div',
  'table',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
  'figure',
  'figcaption',
  'pre',
  'code',
  'span',
  'button',
  'a',
  'bdi',
  'em',
  'strong',
  'del',
];
const attributes = ['dir', 'class', 'tabindex', 'aria-label', 'type', 'start', 'href', 'rel', 'target'];

describe.skipIf(chromiumFile === undefined)(`Markdown${needsChromium}`, () => {
  let browser: Browser;
  let guildhall: GuildhallDouble;
  let page: Page;
  beforeAll(async () => {
    guildhall = await startGuildhall(team());
    browser = await launchChromium();
    ({ page } = await visit(browser, guildhall));
  });
  afterAll(async () => {
    await browser.close();
    await guildhall.stop();
  });

  const render = (source: string) => page.evaluate(`(${outline})(${JSON.stringify(source)})`);
  const look = (source: string) => page.evaluate<Inspection>(`(${inspect})(${JSON.stringify(source)})`);

  test.each([
    ['one\ntwo\n\nthree', 'p(one\ntwo) p(three)'],
    ['# Title\ntext', 'h3(Title) p(text)'],
    ['###### Deep ##', 'h6(Deep)'],
    ['a **b** *c* ***d*** __e__ _f_ ~~g~~', 'p(a strong(b) em(c) strong(em(d)) strong(e) em(f) del(g))'],
    ['snake_case_name 2*3*4 * not * a ** b', 'p(snake_case_name 2em(3)4 * not * a ** b)'],
    ['`a*b*` and ``x ` y``', 'p(code(a*b*) and code(x ` y))'],
    ['\\*plain\\* &amp; <b>', 'p(*plain* &amp; <b>)'],
    ['- a\n- b\n  - c\n\n1. x\n2. y', 'ul(li(a)li(bul(li(c)))) ol(li(x)li(y))'],
    ['3. three\n4. four', 'ol(li(three)li(four))'],
    ['> quoted\n> **twice**\n\nafter', 'blockquote(p(quoted\nstrong(twice))) p(after)'],
    ['---', 'hr()'],
    ['[**a**](https://a.example/x "t")', 'p(a(bdi(strong(a))span( a.example)))'],
    ['[https://a.example](https://b.example)', 'p(a(bdi(https://a.example)span( b.example)))'],
    ['<https://a.example> and https://b.example/c).', 'p(a(bdi(https://a.example/)) and a(bdi(https://b.example/c))).)'],
    ['[x](ftp://a.example) [y](/v1/status) [z](javascript:alert(1))', 'p(x (ftp://a.example) y (/v1/status) z (javascript:alert(1)))'],
    ['| a | b |\n|---|:-:|\n| 1 | `2` |\n', 'div(table(thead(tr(th(a)th(b)))tbody(tr(td(1)td(code(2))))))'],
    ['**unfinished and `also', 'p(**unfinished and `also)'],
  ])('%j', async (source, expected) => {
    expect(await render(source)).toBe(expected);
  });

  test('code is kept to the letter, also while its end has not come yet', async () => {
    expect(await render('```js\nconst a = "<b>*x*</b>";\n\n  b\n```\nafter')).toBe(
      'figure(figcaption(span(js)button(Copy))pre(code(const a = "<b>*x*</b>";\n\n  b))) p(after)',
    );
    expect(await render('~~~\nhalf')).toBe('figure(figcaption(span()button(Copy))pre(code(half)))');
  });

  test('whatever comes, only these elements and attributes are made, and links lead to http and https alone', async () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '**',
        '*',
        '_',
        '`',
        '```',
        '~~',
        '[',
        '](',
        ')',
        '![',
        '<',
        '>',
        '> ',
        '- ',
        '1. ',
        '  ',
        '\n',
        '\n\n',
        '# ',
        '|',
        '|---|',
        '\\',
        'https://',
        'javascript:',
        'data:',
        '\u202E',
        '\u0000',
        ' onerror=',
        '"',
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
        const made = await look(pieces.join(''));
        expect(elements).toEqual(expect.arrayContaining([...made.elements]));
        expect(attributes).toEqual(expect.arrayContaining([...made.attributes]));
        for (const protocol of made.addresses) expect(['http:', 'https:']).toContain(protocol);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['stars', '*'.repeat(100_000)],
    ['words in stars', '*a '.repeat(30_000)],
    ['brackets', '['.repeat(100_000)],
    ['half links', '[a]('.repeat(30_000)],
    ['backticks', '` `` '.repeat(20_000)],
    ['quotes', '> '.repeat(50_000)],
    ['nested lists', Array.from({ length: 2000 }, (_, depth) => `${' '.repeat(depth)}- x`).join('\n')],
    ['a title of spaces', `# ${' '.repeat(200_000)}x`],
    ['table rules', `|a|\n|${'-|'.repeat(50_000)}x`],
    ['one long word', 'h'.repeat(200_000)],
  ])('%s in great number cost no more than a blink', async (_name, source) => {
    expect((await look(source)).ms).toBeLessThan(3000);
  });
});
