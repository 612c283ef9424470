import { describe, expect, test } from 'vitest';
import { contentSecurityPolicy, readPage } from '../src/index.ts';

const page = await readPage();
const texts = [...page.assets].map(([name, asset]) => [name, new TextDecoder().decode(asset.body)] as const);
const scripts = texts.filter(([name]) => name.endsWith('.js'));

describe('the files of the page', () => {
  test('every asset has a type that a browser accepts under nosniff', () => {
    for (const [name, { type }] of page.assets) {
      if (name.endsWith('.js')) expect(type).toBe('text/javascript; charset=utf-8');
      if (name.endsWith('.css')) expect(type).toBe('text/css; charset=utf-8');
    }
    expect([...page.assets.keys()]).toEqual(expect.arrayContaining(['main.js', 'base.css', 'mark.svg']));
  });

  test('whatever is loaded is there', () => {
    const wanted = [...page.html.matchAll(/(?:src|href)="\/assets\/([^"]+)"/g), ...scripts.flatMap(([, text]) => [...text.matchAll(/from '\.\/([^']+)'/g)])];
    expect(wanted.length).toBeGreaterThan(20);
    for (const [, name = ''] of wanted) expect(page.assets.has(name), name).toBe(true);
  });

  test('nothing is inline, nothing is foreign', () => {
    expect(page.html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/i);
    for (const [name, text] of [['index.html', page.html] as const, ...texts])
      expect(text.replaceAll('http://www.w3.org/2000/svg', ''), name).not.toMatch(/(?:src|href|from|url\()\s*=?\s*["'(]?(?:https?:)?\/\//i);
  });

  test('no script turns a string into markup or code, or keeps a secret', () => {
    for (const [name, text] of scripts)
      expect(text, name).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|createContextualFragment|localStorage|document\.cookie|location\.(?:search|hash)/,
      );
  });

  test('the policy allows the page itself and nothing else', () => {
    const rules = contentSecurityPolicy.split('; ');
    expect(rules).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
      ]),
    );
    expect(contentSecurityPolicy).not.toMatch(/unsafe|https?:|\*/);
  });
});
