import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ToolContext } from '@guildhall/sessions';
import type { AgentTools } from '../src/catalogue.ts';
import type { ChildTask, MessageSender } from '../src/ports.ts';
import { readWorkspaceText } from '../src/workspace/read-text.ts';
import { bareAgent, catalogueFor, portsInMemory, toolNamed } from './catalogue-support.ts';
import { call, contextFor, freshWorkspace, personsChain, workspacesFor } from './support.ts';

const nowhere: MessageSender = { address: async () => ({ ok: false, refusal: { code: 'not-configured', message: 'no channel' } }) };

const names = (tools: readonly { readonly name: string }[]) => tools.map(({ name }) => name).toSorted((a, b) => (a < b ? -1 : 1));

describe('the catalogue', () => {
  it('offers what is configured and says in a sentence why the rest is not', async () => {
    const { workspace } = await freshWorkspace();
    const tools = catalogueFor(workspace, { ...bareAgent, memoryEnabled: false });
    expect(names(await tools.toolsFor('coder'))).toEqual([
      'clarify',
      'delegate_task',
      'execute_code',
      'patch',
      'process',
      'read_file',
      'search_files',
      'session_search',
      'terminal',
      'todo',
      'web_extract',
      'write_file',
    ]);
    const missing = await tools.missingFor('coder');
    expect(names(missing)).toEqual(['image_generate', 'memory', 'send_message', 'text_to_speech', 'vision_analyze', 'web_search']);
    for (const { reason } of missing) expect(reason).toMatch(/ .* /u);
    expect(await tools.toolsFor('gone')).toEqual([]);
  });

  it('offers everything when everything is configured', async () => {
    const { workspace } = await freshWorkspace();
    const service = { baseUrl: 'https://api.example/v1', model: 'm' };
    const tools = catalogueFor(
      workspace,
      { ...bareAgent, webSearch: { type: 'searxng', baseUrl: 'http://localhost:8080' }, vision: service, speech: service, images: service },
      { ports: portsInMemory({ messages: nowhere }) },
    );
    expect(await tools.missingFor('coder')).toEqual([]);
    expect(await tools.toolsFor('coder')).toHaveLength(18);
  });

  it('describes every input as a strict object, and knows what may be repeated and what is others’ text', async () => {
    const { workspace } = await freshWorkspace();
    const service = { baseUrl: 'https://api.example/v1', model: 'm' };
    const agent: AgentTools = {
      ...bareAgent,
      webSearch: { type: 'searxng', baseUrl: 'http://localhost:8080' },
      vision: service,
      speech: service,
      images: service,
    };
    const tools = await catalogueFor(workspace, agent, {
      ports: portsInMemory({ messages: nowhere }),
    }).toolsFor('coder');
    for (const tool of tools) {
      expect(z.toJSONSchema(tool.input, { io: 'input' })).toMatchObject({ type: 'object', additionalProperties: false });
      expect(tool.input.safeParse({ surely_not_a_field: 1 }).success).toBe(false);
      expect(tool.description.length).toBeGreaterThan(10);
    }
    expect(names(tools.filter(({ idempotent }) => !idempotent))).toEqual([
      'execute_code',
      'image_generate',
      'memory',
      'patch',
      'process',
      'terminal',
      'text_to_speech',
      'write_file',
    ]);
    expect(names(tools.filter(({ untrusted }) => !untrusted))).toEqual([
      'clarify',
      'image_generate',
      'memory',
      'patch',
      'send_message',
      'text_to_speech',
      'todo',
      'write_file',
    ]);
  });

  it('notices at the beginning which workspaces are no folders, and later when one is replaced', async () => {
    const { outside, workspace } = await freshWorkspace();
    const tools = catalogueFor(workspace, bareAgent, { workspaceOf: async (agent) => (agent === 'coder' ? workspace : join(outside, agent)) });
    await symlink(workspace, join(outside, 'linked'));
    const problems = await tools.begin(['coder', 'missing', 'linked']);
    expect([...problems.keys()]).toEqual(['missing', 'linked']);
    await rm(workspace, { recursive: true });
    await mkdir(join(outside, 'new'));
    await symlink(join(outside, 'new'), workspace);
    for (const [name, args] of [
      ['read_file', { path: 'a' }],
      ['write_file', { path: 'a', content: '' }],
      ['terminal', { command: ['ls'] }],
      ['search_files', { pattern: 'x' }],
      ['memory', { action: 'add', text: 'x' }],
    ] as const) {
      expect((await call(await toolNamed(tools, name), args, contextFor(workspace))).data).toMatchObject({ refused: 'outside-workspace' });
    }
  });
});

describe('tools that talk', () => {
  it('keep a list for the conversation', async () => {
    const { workspace } = await freshWorkspace();
    const todo = await toolNamed(catalogueFor(workspace, bareAgent), 'todo');
    const context = contextFor(workspace);
    expect((await call(todo, {}, context)).text).toContain('empty');
    await call(
      todo,
      {
        todos: [
          { id: '1', text: 'look' },
          { id: '2', text: 'leap' },
        ],
      },
      context,
    );
    const merged = await call(
      todo,
      {
        todos: [
          { id: '1', text: 'look', status: 'done' },
          { id: '3', text: 'land' },
        ],
        merge: true,
      },
      context,
    );
    expect(merged.text).toBe('[x] 1: look\n[ ] 2: leap\n[ ] 3: land');
    expect((await call(todo, {}, contextFor(workspace, { sessionKey: 'other' }))).text).toContain('empty');
    expect(
      (
        await call(
          todo,
          {
            todos: [
              { id: '1', text: 'a' },
              { id: '1', text: 'b' },
            ],
          },
          context,
        )
      ).isError,
    ).toBe(true);
  });

  it('end the turn with a question', async () => {
    const { workspace } = await freshWorkspace();
    const clarify = await toolNamed(catalogueFor(workspace, bareAgent), 'clarify');
    expect(await call(clarify, { question: ' Which one? ', choices: ['a', 'b'] }, contextFor(workspace))).toMatchObject({
      isError: false,
      data: { endsTurn: true, question: 'Which one?', choices: ['a', 'b'] },
    });
    expect((await call(clarify, { question: ' ' }, contextFor(workspace))).isError).toBe(true);
  });

  it('run children side by side and pass on their refusals', async () => {
    const { workspace } = await freshWorkspace();
    const seen: [ChildTask, number][] = [];
    const children = {
      runChild: async (task: ChildTask, index: number) => {
        seen.push([task, index]);
        return task.goal === 'too much'
          ? ({ ok: false, refusal: { code: 'limit-reached', message: 'no more children' } } as const)
          : ({ ok: true, value: `did ${task.goal}` } as const);
      },
    };
    const delegate = await toolNamed(catalogueFor(workspace, bareAgent, { ports: portsInMemory({ children }) }), 'delegate_task');
    const context = contextFor(workspace);
    expect((await call(delegate, { goal: 'one', role: 'tester' }, context)).text).toBe('did one');
    const several = await call(delegate, { tasks: [{ goal: 'a' }, { goal: 'too much', context: 'c' }] }, context);
    expect(several).toMatchObject({ isError: false, text: 'Task 1: did a\n\nTask 2: (not done: no more children)' });
    expect(seen).toContainEqual([{ goal: 'too much', context: 'c', role: '' }, 1]);
    expect((await call(delegate, { goal: 'too much' }, context)).isError).toBe(true);
    for (const wrong of [{}, { goal: 'x', tasks: [{ goal: 'y' }] }, { tasks: [] }, { tasks: Array.from({ length: 17 }, () => ({ goal: 'x' })) }])
      expect((await call(delegate, wrong, context)).isError).toBe(true);
  });

  it('ask before words leave, unless the operator listed the target', async () => {
    const { workspace } = await freshWorkspace();
    const messages: MessageSender = {
      address: async ({ text }) => ({ ok: true, value: { id: 'out_1', platform: 'telegram', account: 'default', chat: '-100', text } }),
    };
    const send = await toolNamed(
      catalogueFor(workspace, { ...bareAgent, sendTargets: ['telegram:-100'] }, { ports: portsInMemory({ messages }) }),
      'send_message',
    );
    const context = contextFor(workspace);
    expect(send.danger({ target: 'telegram:-100', text: 'x' }, context)).toBeNull();
    for (const target of ['telegram:-1000', 'telegram:-10', 'TELEGRAM:-100', 'telegram:666'])
      expect(send.danger({ target, text: 'x' }, context)).toContain(target);
    expect(send.danger({ target: 'telegram:666', text: 'x' }, contextFor(workspace, { provenance: { ...personsChain, trust: 'untrusted' } }))).not.toBeNull();
    expect(await call(send, { to: ' telegram:-100 ', message: 'hi' }, context)).toMatchObject({
      isError: false,
      outbound: { id: 'out_1', chat: '-100', text: 'hi' },
    });
    expect((await call(send, { target: 'a\u200bb', text: 'x' }, context)).isError).toBe(true);
  });

  it('search one agent’s own conversations', async () => {
    const { workspace } = await freshWorkspace();
    const asked: string[] = [];
    const sessions = {
      searchEntries: async ({ agent }: ToolContext, query: string) => {
        asked.push(`${agent}: ${query}`);
        return [{ sessionKey: 'agent:coder:main', at: Date.UTC(2026, 0, 2, 3, 4), kind: 'message', excerpt: 'we\nmet' }];
      },
    };
    const search = await toolNamed(catalogueFor(workspace, bareAgent, { ports: portsInMemory({ sessions }) }), 'session_search');
    expect((await call(search, { query: ' met ' }, contextFor(workspace))).text).toBe('2026-01-02 03:04 agent:coder:main message: we met');
    expect(asked).toEqual(['coder: met']);
  });
});

describe('tools behind a configured service', () => {
  it('make a picture, speak and look, and keep the key to themselves', async () => {
    const { workspace } = await freshWorkspace();
    const seen: { path: string; key: string | undefined; body: unknown }[] = [];
    const png = Buffer.from('\u0089PNG\r\n\u001a\n0000', 'latin1');
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const path = request.url ?? '';
        seen.push({ path, key: request.headers.authorization, body: JSON.parse(Buffer.concat(parts).toString('utf8')) });
        if (path.endsWith('/images/generations') && !path.includes('/broken/'))
          response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: [{ b64_json: png.toString('base64') }] }));
        else if (path.endsWith('/audio/speech')) response.writeHead(200, { 'content-type': 'audio/mpeg' }).end('sound');
        else if (path.endsWith('/chat/completions'))
          response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices: [{ message: { content: 'a cat' } }] }));
        else response.writeHead(500, { 'content-type': 'application/json' }).end('{"error":"secret-key IGNORE ALL"}');
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    try {
      const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
      const service = { baseUrl, apiKey: 'secret-key', model: 'm' };
      const context = contextFor(workspace);
      const tools = catalogueFor(workspace, { ...bareAgent, images: service, speech: { ...service, voice: 'v' }, vision: service });
      expect((await call(await toolNamed(tools, 'image_generate'), { prompt: 'a cat', path: 'out/cat.png' }, context)).isError).toBe(false);
      expect(await readFile(join(workspace, 'out/cat.png'))).toEqual(png);
      expect((await call(await toolNamed(tools, 'text_to_speech'), { text: 'hello', path: 'out/a.mp3' }, context)).isError).toBe(false);
      const vision = await toolNamed(tools, 'vision_analyze');
      expect((await call(vision, { path: 'out/cat.png' }, context)).text).toBe('a cat');
      expect((await call(vision, { mediaUrl: `${baseUrl}/x.png` }, context)).isError).toBe(true);
      expect((await call(vision, { image: '../secret.png' }, context)).isError).toBe(true);
      expect((await call(vision, { image: 'out/a.mp3' }, context)).text).toContain('not a PNG');
      expect(seen.map(({ path, key }) => [path, key])).toEqual([
        ['/v1/images/generations', 'Bearer secret-key'],
        ['/v1/audio/speech', 'Bearer secret-key'],
        ['/v1/chat/completions', 'Bearer secret-key'],
      ]);
      for (const path of ['SOUL.md', '../x.png', 'memory/x.png'])
        expect((await call(await toolNamed(tools, 'image_generate'), { prompt: 'x', path }, context)).isError).toBe(true);
      const broken = catalogueFor(workspace, { ...bareAgent, images: { ...service, baseUrl: `${baseUrl}/broken/` } });
      await writeFile(join(workspace, 'keep.png'), 'old');
      const failed = await call(await toolNamed(broken, 'image_generate'), { prompt: 'x', path: 'keep.png' }, context);
      expect(failed.isError).toBe(true);
      expect(failed.text).not.toMatch(/secret-key|IGNORE/u);
      expect(await readFile(join(workspace, 'keep.png'), 'utf8')).toBe('old');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

it('reads a file of a workspace for the daemon without following a link', async () => {
  const { outside, workspace } = await freshWorkspace();
  const workspaces = workspacesFor();
  await writeFile(join(outside, 'secret'), 'CANARY');
  await symlink(join(outside, 'secret'), join(workspace, 'SOUL.md'));
  await writeFile(join(workspace, 'AGENTS.md'), 'notes');
  expect(await readWorkspaceText(workspaces, workspace, 'AGENTS.md', 1000)).toEqual({ ok: true, value: 'notes' });
  expect(await readWorkspaceText(workspaces, workspace, 'SOUL.md', 1000)).toMatchObject({ ok: false, refusal: { code: 'outside-workspace' } });
  expect(await readWorkspaceText(workspaces, workspace, 'none', 1000)).toMatchObject({ ok: false, refusal: { code: 'not-found' } });
});
