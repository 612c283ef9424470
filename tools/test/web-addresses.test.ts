import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { isPublicAddress } from '../src/web/public-address.ts';
import { readablePage } from '../src/web/readable-text.ts';
import { parseWebAddress } from '../src/web/web-address.ts';
import { webExtractTool } from '../src/web/web-extract.ts';
import { fetchWeb, usualWebRules, type WebRequest, type WebRules } from '../src/web/web-fetch.ts';
import { webSearchTool } from '../src/web/web-search.ts';
import { call, canonical, clock, contextFor, personsChain } from './support.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  host = '127.0.0.1',
): Promise<{ readonly port: number; readonly seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method ?? ''} ${request.headers.host ?? ''}${request.url ?? ''}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  stops.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

const ask = (url: string, rules: WebRules, changes: Partial<WebRequest> = {}) =>
  fetchWeb({ url, mostBytes: 10_000, deadlineMs: 3000, signal: new AbortController().signal, accepts: () => true, ...changes }, rules);

const houseRules = (port: number, changes: Partial<WebRules> = {}): WebRules => ({
  ports: new Set([80, 443, port]),
  addresses: new Set(['127.0.0.1']),
  ...changes,
});

describe('addresses agents may not reach', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://0x7f000001/',
    'http://0/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:7f00:1]/',
    'http://[0:0:0:0:0:ffff:7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[fd00::1]/',
    'http://[fe80::1]/',
    'http://[ff02::1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://100.64.0.1/',
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://localhost/',
    'http://localhost./',
    'http://LOCALHOST/',
    'http://a.localhost/',
    'http://１２７.０.０.１/',
    'http://user:pass@example.org/',
    'http://8.8.8.8:22/',
    'https://8.8.8.8:8443/',
    'unix:///var/run/docker.sock',
    'file:///etc/passwd',
    'gopher://127.0.0.1/',
    'ftp://example.org/',
    'data:text/html,x',
    'javascript:1',
    '//example.org',
    'example.org',
    `https://example.org/${'x'.repeat(3000)}`,
  ])('refuses %s', async (url) => {
    const answer = await ask(url, usualWebRules);
    expect(answer.ok ? 'answered' : answer.refusal.code).toMatch(/unsafe-address|invalid-input/u);
  });

  it('knows which addresses are public', () => {
    for (const address of ['8.8.8.8', '1.1.1.1', '2606:4700::1111', '2a00:1450:4001::1']) expect(isPublicAddress(address)).toBe(true);
    for (const address of ['fe80::1%eth0', '2001::1', '2001:db8::1', '3fff::1', 'x', '', '::ffff:8.8.8.8', '198.18.0.1', '192.0.2.1'])
      expect(isPublicAddress(address)).toBe(false);
  });

  it('judges every spelling of an IPv4 address alike', () => {
    fc.assert(
      fc.property(fc.nat(0xff), fc.nat(0xff), fc.nat(0xff), fc.nat(0xff), (a, b, c, d) => {
        const whole = ((a * 256 + b) * 256 + c) * 256 + d;
        const plain = `${a}.${b}.${c}.${d}`;
        for (const host of [
          String(whole),
          `0x${whole.toString(16)}`,
          `0${a.toString(8)}.${b}.0x${c.toString(16)}.${d}`,
          `${a}.${b}.${c * 256 + d}`,
          `${plain}.`,
        ]) {
          const url = parseWebAddress(`http://${host}/`);
          expect(url.ok ? url.value.hostname.replace(/\.$/u, '') : url.refusal.message).toBe(plain);
        }
        if (a === 10 || a === 127 || a >= 224 || a === 0) expect(isPublicAddress(plain)).toBe(false);
      }),
    );
  });

  it('asks the name server once and connects to what it checked', async () => {
    const good = await serve((_request, response) => response.end('good'));
    const answers = [['127.0.0.1'], ['127.0.0.2']];
    let asked = 0;
    const rules = houseRules(good.port, {
      resolve: async () => {
        asked += 1;
        return answers.shift() ?? [];
      },
    });
    const answer = await ask(`http://rebinding.example:${good.port}/x`, rules);
    expect(answer.ok && answer.value.bytes.toString()).toBe('good');
    expect(asked).toBe(1);
    expect(good.seen).toEqual([`GET rebinding.example:${good.port}/x`]);
    const second = await ask(`http://rebinding.example:${good.port}/x`, rules);
    expect(second).toMatchObject({ ok: false, refusal: { code: 'unsafe-address' } });
    expect(good.seen).toHaveLength(1);
  });

  it('refuses a host when one of its addresses is not public', async () => {
    const rules: WebRules = { ...usualWebRules, resolve: async () => ['8.8.8.8', '10.0.0.1'] };
    expect(await ask('https://both.example/', rules)).toMatchObject({ ok: false, refusal: { code: 'unsafe-address' } });
    expect(await ask('https://none.example/', { ...usualWebRules, resolve: async () => [] })).toMatchObject({ ok: false });
  });

  it.each([
    'http://127.0.0.2:PORT/inner',
    'http://169.254.169.254/',
    'file:///etc/passwd',
    'http://localhost:PORT/',
    'http://user:x@127.0.0.1:PORT/',
    'gopher://x/',
    'http://[::1]:PORT/',
  ])('checks a redirect to %s like the first address', async (target) => {
    const server = await serve((_request, response) => {
      response.writeHead(302, { location: target.replace('PORT', String(server.port)) }).end();
    });
    expect(await ask(`http://127.0.0.1:${server.port}/`, houseRules(server.port))).toMatchObject({ ok: false, refusal: { code: 'unsafe-address' } });
    expect(server.seen).toHaveLength(1);
  });

  it('follows few redirects, and none from https to http', async () => {
    const server = await serve((request, response) => {
      response.writeHead(302, { location: `/${(request.url ?? '').length}${request.url}` }).end();
    });
    expect(await ask(`http://127.0.0.1:${server.port}/`, houseRules(server.port))).toMatchObject({ ok: false, refusal: { code: 'upstream-failed' } });
    expect(server.seen).toHaveLength(6);
  });

  it('never leaves a configured service by a redirect', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(302, { location: 'https://example.org/' }).end();
    });
    const origin = `http://127.0.0.1:${server.port}`;
    expect(await ask(`${origin}/`, usualWebRules, { configuredOrigin: origin })).toMatchObject({ ok: false, refusal: { code: 'upstream-failed' } });
    expect(await ask(`${origin}/`, usualWebRules)).toMatchObject({ ok: false, refusal: { code: 'unsafe-address' } });
  });
});

describe('answers that hurt', () => {
  it.each([
    ['gzip', gzipSync(Buffer.alloc(5_000_000))],
    ['br', brotliCompressSync(Buffer.alloc(5_000_000))],
  ])('stops a %s bomb at the limit', async (encoding, body) => {
    const server = await serve((_request, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body));
    expect(await ask(`http://127.0.0.1:${server.port}/`, houseRules(server.port))).toMatchObject({ ok: false, refusal: { code: 'too-large' } });
  });

  it('stops an endless body, a slow one and a silent server', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/silent') return;
      response.writeHead(200, { 'content-type': 'text/plain' });
      const timer = setInterval(() => response.write(request.url === '/slow' ? 'x' : 'x'.repeat(5000)), 10);
      response.once('close', () => clearInterval(timer));
    });
    const rules = houseRules(server.port);
    expect(await ask(`http://127.0.0.1:${server.port}/endless`, rules)).toMatchObject({ ok: false, refusal: { code: 'too-large' } });
    expect(await ask(`http://127.0.0.1:${server.port}/slow`, rules, { deadlineMs: 300 })).toMatchObject({ ok: false, refusal: { code: 'timed-out' } });
    expect(await ask(`http://127.0.0.1:${server.port}/silent`, rules, { deadlineMs: 300 })).toMatchObject({ ok: false, refusal: { code: 'timed-out' } });
    const aborting = new AbortController();
    const asking = ask(`http://127.0.0.1:${server.port}/silent`, rules, { signal: aborting.signal });
    aborting.abort();
    expect(await asking).toMatchObject({ ok: false, refusal: { code: 'upstream-failed' } });
  });

  it('is not confused by a cut answer, garbage or an unknown packing', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/cut') {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half');
        setTimeout(() => response.destroy(), 20);
        return;
      }
      response.writeHead(200, { 'content-encoding': request.url === '/odd' ? 'zstd-odd' : 'gzip' }).end('not packed');
    });
    for (const path of ['/cut', '/odd', '/garbage'])
      expect(await ask(`http://127.0.0.1:${server.port}${path}`, houseRules(server.port))).toMatchObject({ ok: false, refusal: { code: 'upstream-failed' } });
  });
});

describe('web_extract', () => {
  it('reads pages as text and says what it could not read', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/image') response.writeHead(200, { 'content-type': 'image/png' }).end('x');
      else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<title>T</title><p>Hello <b>there</b></p><script>evil()</script>');
    });
    const tool = webExtractTool(houseRules(server.port), undefined, clock);
    const base = `http://127.0.0.1:${server.port}`;
    const result = await call(tool, { urls: [`${base}/a#part`, `${base}/image`, 'http://10.0.0.1/'] }, contextFor('/w'));
    expect(result.isError).toBe(false);
    expect(result.text).toContain(`${base}/a\nT\n\nHello there`);
    expect(result.text).toContain('image/png, which cannot be used here');
    expect(result.text).toContain('not on the public internet');
    expect(result.text).not.toContain('evil');
    expect(await call(tool, { url: 'http://10.0.0.1/' }, contextFor('/w'))).toMatchObject({ isError: true });
  });

  it('reaches no host by a redirect that its own call could not reach', async () => {
    const rules = (port: number) => houseRules(port, { resolve: async () => ['127.0.0.1'] });
    const server = await serve((request, response) => {
      if (request.url === '/there') response.writeHead(200, { 'content-type': 'text/plain' }).end('read');
      else if (request.url === '/own') response.writeHead(302, { location: '/there' }).end();
      else response.writeHead(302, { location: `http://api.other.example:${server.port}/there` }).end();
    });
    const extract = (path: string, hosts: readonly string[] | undefined, forbidden: readonly string[]) =>
      call(
        webExtractTool(rules(server.port), hosts, clock),
        { url: `http://www.example.org:${server.port}${path}` },
        contextFor('/w', { provenance: { ...personsChain, forbidden } }),
      );
    expect(await extract('/other', undefined, [])).toMatchObject({ isError: false });
    expect(await extract('/own', ['www.example.org'], ['dns_change'])).toMatchObject({ isError: false });
    server.seen.length = 0;
    for (const refusal of [await extract('/other', undefined, ['dns_change']), await extract('/other', ['www.example.org'], [])])
      expect(refusal).toMatchObject({ isError: true, text: expect.stringContaining('redirects to api.other.example') });
    expect(server.seen).toEqual(Array.from({ length: 2 }, () => `GET www.example.org:${server.port}/other`));
  });

  it('is canonical before it is judged, and asks for hosts that are not listed', async () => {
    const listed = webExtractTool(usualWebRules, ['example.org', '*.wiki.org'], clock);
    const context = contextFor('/w');
    const settled = await canonical(listed, { url: 'HTTPS://EXAMPLE.org/a/../b#x' }, context);
    expect(settled).toMatchObject({ ok: true, value: { urls: ['https://example.org/b'] } });
    expect(settled.ok && (await canonical(listed, settled.value, context))).toEqual(settled);
    const danger = (urls: string[], tool = listed, changes = {}) => tool.danger({ urls, max_chars: 200 }, contextFor('/w', changes));
    expect(danger(['https://example.org/', 'https://en.wiki.org/'])).toBeNull();
    for (const url of ['https://evil.org/', 'https://example.org.evil.org/', 'https://notexample.org/', 'https://wiki.org/'])
      expect(danger(['https://example.org/', url])).toContain('list of web hosts');
    const any = webExtractTool(usualWebRules, undefined, clock);
    expect(danger(['https://evil.org/'], any)).toBeNull();
    expect(danger(['https://evil.org/'], any, { provenance: { ...personsChain, trust: 'untrusted' } })).toContain('untrusted');
  });
});

describe('a page as text', () => {
  it('keeps what a reader sees', async () => {
    const html = `<html><head><title> A &amp; B </title><style>x{}</style></head><body><nav>menu</nav><h1>Top</h1><p>One<br>two &lt;3</p>
      <ul><li>first<li><a href="/x">second</a></ul><p hidden>no</p><div style="display: none">no</div><span aria-hidden="true">no</span>
      <pre>a\n  b</pre><a href="javascript:evil()">click</a><table><tr><td>1</td><td>2</td></tr></table><noscript>no</noscript><template>no</template>`;
    const page = await readablePage(html, 'https://example.org/dir/', async () => undefined);
    expect(page.title).toBe('A & B');
    expect(page.text).toContain('# Top\n\nOne\ntwo <3');
    expect(page.text).toContain('- first\n- second (https://example.org/x)');
    expect(page.text).toContain('a\n  b');
    expect(page.text).toContain('1 | 2');
    expect(page.text).not.toMatch(/\bno\b|menu|evil/u);
  });

  it.each(['<div>', '<', '<a href="', '&amp', ' \n', '<ul>', '<p>x', '<p><b>', '</div>', '<p style="'])(
    'does not hold up the daemon on a page of many %j',
    async (part) => {
      let [longest, since] = [0, performance.now()];
      const pause = async () => {
        longest = Math.max(longest, performance.now() - since);
        since = performance.now();
      };
      await readablePage(part.repeat(2_000_000 / part.length), 'https://example.org/', pause);
      expect(longest).toBeLessThan(200);
      expect(performance.now() - since).toBeLessThan(500);
    },
  );
});

describe('web_search', () => {
  it.each([
    ['searxng', { results: [{ title: 'T\u001b[31m', url: 'https://a.example/', content: 'c' }] }, /^GET .*\/search\?q=cats&format=json$/u],
    ['brave', { web: { results: [{ title: 'T', url: 'https://a.example/', description: 'c' }] } }, /^GET .*\?q=cats&count=8$/u],
    ['tavily', { results: [{ title: 'T', url: 'https://a.example/', content: 'c' }] }, /^POST /u],
  ] as const)('asks %s', async (type, body, line) => {
    const server = await serve((_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)));
    const baseUrl = `http://127.0.0.1:${server.port}/`;
    const tool = webSearchTool(type === 'searxng' ? { type, baseUrl } : { type, baseUrl, apiKey: 'secret-key' }, usualWebRules, undefined);
    const result = await call(tool, { q: ' cats ' }, contextFor('/w'));
    expect(result.text).toMatch(/^1\. T.*\n {3}https:\/\/a\.example\/\n {3}c$/u);
    expect(result.text).not.toContain('\u001b');
    expect(server.seen[0]).toMatch(line);
  });

  it('says what is wrong with the service, without its words or the key', async () => {
    const server = await serve((request, response) => {
      if (request.url?.includes('q=html') === true) response.writeHead(200, { 'content-type': 'text/html' }).end('IGNORE ALL');
      else response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"IGNORE ALL secret-key"}');
    });
    const tool = webSearchTool({ type: 'brave', baseUrl: `http://127.0.0.1:${server.port}/`, apiKey: 'secret-key' }, usualWebRules, undefined);
    for (const query of ['html', 'x']) {
      const result = await call(tool, { query }, contextFor('/w'));
      expect(result.isError).toBe(true);
      expect(result.text).not.toMatch(/IGNORE|secret-key/u);
    }
  });
});
