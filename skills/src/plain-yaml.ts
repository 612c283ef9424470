/**
 * Small YAML texts from strangers as plain data: one document, no anchors, aliases, tags or merge keys, few tokens, little depth. The parser recurses and compares keys pairwise, so tokens are counted
 * before it sees the text.
 */
import { type Document, type Node, isMap, isNode, isSeq, Lexer, LineCounter, parseDocument, visit } from 'yaml';

const maxTokens = 20_000;
const maxDepth = 20;

interface YamlTrouble {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export type PlainYaml =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** Of the value at a path, or of its nearest ancestor. */ readonly lineOf: (path: readonly PropertyKey[]) => number;
    }
  | { readonly ok: false; readonly trouble: YamlTrouble };

/** `allText`: every scalar is its own text, so that `1.10` stays `1.10`. */
export function readPlainYaml(text: string, { allText }: { readonly allText: boolean }): PlainYaml {
  const crowded = findCrowd(text);
  if (crowded !== undefined) return { ok: false, trouble: crowded };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, stringKeys: true, prettyErrors: false, logLevel: 'error', schema: allText ? 'failsafe' : 'core' });
  const lineAt = (node: unknown) => Math.max(1, lines.linePos(isNode(node) ? (node.range?.[0] ?? 0) : 0).line);
  const [error] = document.errors;
  if (error !== undefined)
    return { ok: false, trouble: { line: Math.max(1, lines.linePos(error.pos[0]).line), message: error.message.split('\n')[0] ?? error.code } };
  const indirect = findIndirection(document);
  if (indirect !== undefined) return { ok: false, trouble: { line: lineAt(indirect), message: 'anchors, aliases and tags are not read; write the value out' } };
  return { ok: true, value: document.toJS({ maxAliasCount: 0 }), lineOf: (path) => lineAt(nearestNode(document, path)) };
}

function findCrowd(text: string): YamlTrouble | undefined {
  let [tokens, flowDepth, indicators, line] = [0, 0, 0, 1];
  for (const token of new Lexer().lex(text)) {
    tokens++;
    if (tokens > maxTokens) return { line, message: `there are more than ${maxTokens} YAML tokens` };
    if (token === '[' || token === '{') flowDepth++;
    if (token === ']' || token === '}') flowDepth--;
    if (token === '-' || token === '?') indicators++;
    if (token.includes('\n')) {
      indicators = 0;
      line += token.split('\n').length - 1;
    }
    if (flowDepth > maxDepth || indicators > maxDepth) return { line, message: `values nest deeper than ${maxDepth} levels` };
  }
  return undefined;
}

function findIndirection(document: Document.Parsed): Node | undefined {
  let found: Node | undefined;
  visit(document, {
    Alias: (_key, node) => {
      found = node;
      return visit.BREAK;
    },
    Node: (_key, node) => {
      if (!('anchor' in node && node.anchor !== undefined) && node.tag === undefined) return undefined;
      found = node;
      return visit.BREAK;
    },
  });
  return found;
}

function nearestNode(document: Document.Parsed, path: readonly PropertyKey[]): unknown {
  let node: unknown = document.contents;
  for (const step of path) {
    const next: unknown = isMap(node) ? node.get(String(step), true) : isSeq(node) ? node.get(Number(step), true) : undefined;
    if (!isNode(next)) return node;
    node = next;
  }
  return node;
}
