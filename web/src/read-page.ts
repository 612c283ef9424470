import { readFile, readdir } from 'node:fs/promises';
import { extname } from 'node:path';

/** One file the page loads, as it goes over the wire. */
export interface PageAsset {
  readonly type: string;
  readonly body: Uint8Array;
}

/** The chat page: `html` is answered at `/`, each asset at `/assets/<name>`. */
export interface Page {
  readonly html: string;
  readonly assets: Map<string, PageAsset>;
}

/**
 * The policy the page is written for, to be sent with `/`: own scripts and styles only, talks to its own origin only, can be framed by nobody, and refuses to turn any string into markup or script.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const assetTypes: { readonly [extension: string]: string } = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Reads the page's files from this package. Throws what the file system throws: a package without them is broken. */
export async function readPage(): Promise<Page> {
  const folder = new URL('./page/', import.meta.url);
  const assets = new Map<string, PageAsset>();
  for (const name of (await readdir(folder)).toSorted()) {
    const type = assetTypes[extname(name)];
    if (type !== undefined) assets.set(name, { type, body: await readFile(new URL(name, folder)) });
  }
  return { html: await readFile(new URL('index.html', folder), 'utf8'), assets };
}
