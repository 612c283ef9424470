import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PolicyLayer, Provenance } from '@guildhall/protocol';
import { askStack, builtInActions, canonicalToolName, decide, deriveProvenance, rootProvenance } from '../src/index.ts';

const tools = ['terminal', 'process', 'read_file', 'write_file', 'web_search', 'memory', 'send_message', 'mcp:git/push', 'mcp:git/log'] as const;
const patterns = [...tools, '*', 'group:fs', 'group:runtime', 'mcp:git/*', 'read*', 'nothing_like_it'];
const layer: fc.Arbitrary<PolicyLayer> = fc.record({
  source: fc.constantFrom('agent', 'group', 'chat', 'task', 'parent'),
  allow: fc.oneof(fc.constant('*' as const), fc.array(fc.constantFrom(...patterns), { maxLength: 4 })),
  deny: fc.array(fc.constantFrom(...patterns), { maxLength: 3 }),
});
const stack = fc.array(layer, { minLength: 1, maxLength: 5 });

/** The same tool as somebody might spell it to slip past a list. */
const spelling = (tool: string) =>
  fc.constantFrom(
    tool,
    tool.toUpperCase(),
    ` ${tool} `,
    `${tool}\t`,
    [...tool].map((letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + (/[a-z]/.test(letter) ? 0xfee0 : 0))).join(''),
  );
const call = fc.constantFrom(...tools).chain((tool) => fc.tuple(fc.constant(tool), spelling(tool)));

/** A second, independent reading of the rule: written out with sets, sharing no code with the product. */
function deniedSomewhere(layers: readonly PolicyLayer[], tool: string): boolean {
  const expand = (pattern: string): readonly string[] => {
    if (pattern === '*') return tools;
    if (pattern === 'group:fs') return ['read_file', 'write_file', 'patch', 'search_files'];
    if (pattern === 'group:runtime') return ['terminal', 'process', 'execute_code'];
    if (pattern === 'mcp:git/*') return ['mcp:git/push', 'mcp:git/log'];
    if (pattern === 'read*') return ['read_file'];
    return [pattern];
  };
  return layers.some((one) => one.deny.flatMap(expand).includes(tool) || (one.allow !== '*' && !one.allow.flatMap(expand).includes(tool)));
}

const harmless = { actions: builtInActions, effects: { kind: 'none' } } as const;

function provenanceWith(layers: readonly PolicyLayer[], forbidden: readonly string[] = []): Provenance {
  return { ...rootProvenance({ id: 'root_1', origin: 'operator', trust: 'operator', agent: 'a', via: 'message', ref: 'm1' }), layers, forbidden };
}

describe('deny wins under every composition', () => {
  test('100,000 random stacks: what any layer denies or leaves out is never allowed, under any spelling', () => {
    fc.assert(
      fc.property(stack, stack, fc.array(fc.constantFrom(...patterns), { maxLength: 2 }), call, (own, chain, forbidden, [tool, spelled]) => {
        const decision = decide({
          agent: 'a',
          session: 's',
          tool: spelled,
          args: {},
          layers: own,
          provenance: provenanceWith(chain, forbidden),
          known: true,
          danger: null,
          ...harmless,
        });
        const expected =
          !deniedSomewhere(own, tool) && !deniedSomewhere(chain, tool) && !deniedSomewhere([{ source: 'forbidden', allow: '*', deny: forbidden }], tool);
        expect(decision.verdict).toBe(expected ? 'allow' : 'deny');
        expect(decision.tool).toBe(tool);
      }),
      { numRuns: 100_000 },
    );
  });

  test('adding a layer anywhere never enlarges what is allowed', () => {
    fc.assert(
      fc.property(stack, layer, fc.nat(), fc.constantFrom(...tools), (layers, extra, at, tool) => {
        const wider = [...layers.slice(0, at % (layers.length + 1)), extra, ...layers.slice(at % (layers.length + 1))];
        return !askStack(wider, tool).allowed || askStack(layers, tool).allowed;
      }),
      { numRuns: 20_000 },
    );
  });

  test('no policy, an unknown tool and a look-alike name all mean no', () => {
    const open: PolicyLayer = { source: 'agent', allow: ['terminal'], deny: [] };
    expect(askStack([], 'terminal').allowed).toBe(false);
    expect(
      decide({ agent: 'a', session: 's', tool: 'terminal', args: {}, layers: [open], provenance: provenanceWith([]), known: false, danger: null, ...harmless })
        .verdict,
    ).toBe('deny');
    expect(askStack([open], canonicalToolName('tеrminal')).allowed).toBe(false);
  });

  test('danger asks, but never asks its way past a deny', () => {
    const question = {
      agent: 'a',
      session: 's',
      tool: 'terminal',
      args: {},
      provenance: provenanceWith([]),
      known: true,
      danger: 'it deletes files',
      ...harmless,
    };
    expect(decide({ ...question, layers: [{ source: 'agent', allow: '*', deny: [] }] }).verdict).toBe('ask');
    expect(decide({ ...question, layers: [{ source: 'agent', allow: '*', deny: ['terminal'] }] }).verdict).toBe('deny');
  });

  test('every guard is asked and kept, also after the first no', () => {
    const decision = decide({
      agent: 'a',
      session: 's',
      tool: 'terminal',
      args: {},
      layers: [],
      provenance: provenanceWith([], ['terminal']),
      known: false,
      danger: 'x',
      ...harmless,
    });
    expect(decision.answers.map((answer) => answer.verdict)).toEqual(['deny', 'deny', 'allow', 'deny', 'ask']);
  });
});

describe('a chain of cause only narrows', () => {
  test('trust never rises; forbidden actions, layers and budgets only grow; depth counts', () => {
    const step = fc.record({
      trust: fc.constantFrom('operator' as const, 'person' as const, 'peer' as const, 'untrusted' as const),
      forbidden: fc.array(fc.constantFrom(...tools), { maxLength: 2 }),
      layers: fc.array(layer, { maxLength: 2 }),
      agent: fc.constantFrom('a', 'b', 'c'),
    });
    const ranks = ['operator', 'person', 'peer', 'untrusted'];
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
        let parent = rootProvenance({ id: 'root_1', origin: 'telegram:1', trust: 'person', agent: 'a', via: 'message', ref: 'm' });
        for (const [index, one] of steps.entries()) {
          const child = deriveProvenance(parent, { hop: { via: 'delegate', actor: `agent:${one.agent}`, ref: `call_${index}` }, ...one });
          expect(ranks.indexOf(child.trust)).toBeGreaterThanOrEqual(ranks.indexOf(parent.trust));
          expect(child.depth).toBe(parent.depth + 1);
          expect(child.root).toBe(parent.root);
          for (const key of ['forbidden', 'budgets', 'layers'] as const) expect(child[key].slice(0, parent[key].length)).toEqual(parent[key]);
          parent = child;
        }
      }),
    );
  });
});
