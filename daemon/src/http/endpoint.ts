/**
 * What stands behind one route: the shapes it takes and gives, and the work. Input is checked here and documented from the same schemas in `openapi.ts`.
 */
import { z } from 'zod';
import { done, type Refusal, type Settled } from '@guildhall/protocol';
import type { Credential } from '@guildhall/authority';
import type { EventStream } from './server-sent-events.ts';
import type { RefusalDress } from './answer.ts';
import { validate } from './validation.ts';

/** What an endpoint may know of its request besides its validated input. `By` is undefined on open routes. */
export interface Call<By> {
  readonly by: By;
  readonly viaCookie: boolean;
  /** Address of the client, as failed attempts are counted. */
  readonly client: string;
  /** Aborts when the client leaves, the credential ends or the door closes. */
  readonly signal: AbortSignal;
  readonly header: (name: string) => string | undefined;
  /** Begins an answer of server-sent events; the endpoint then answers `sent`. */
  readonly openEventStream: () => Settled<EventStream>;
  /** Answers with lines, as fast as the client reads them; the endpoint then answers `sent`. */
  readonly sendLines: (mediaType: string, lines: AsyncIterable<string>) => Promise<void>;
}

export type Reply =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'file'; readonly type: string; readonly body: string | Uint8Array }
  /** There is nothing to say: 204, or 202 where the wire wants it so. */
  | { readonly kind: 'nothing'; readonly status?: 202 }
  /** What an earlier request with the same Idempotency-Key was answered. */
  | { readonly kind: 'kept'; readonly status: number; readonly text: string }
  /** The product says no to what was asked. Unlike a refusal of the endpoint it says nothing against the credential, and is not recorded as one that does. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The answer was written as a stream. */
  | { readonly kind: 'sent' };

/** What the route answers, for the description of the interface. */
export interface AnswerShape {
  readonly status: number;
  /** Media types, with the schema where the content is JSON. */
  readonly content: Readonly<Record<string, z.ZodType | undefined>>;
  /** May also answer 204. */
  readonly orNothing?: boolean;
}

interface Described {
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  /** Absent: nothing is read from a body; `{}` may be sent. */
  readonly body?: z.ZodType;
  readonly answer: AnswerShape;
  readonly dress: RefusalDress;
  /** Its answer holds a secret that is shown once: a repeated request is refused with `already-issued`. */
  readonly showsOnce: boolean;
  /** It keeps the promise of Idempotency-Key itself. */
  readonly ownIdempotency: boolean;
  /** It may revoke the very credential it was called with; its answer is sent all the same. */
  readonly mayEndItself: boolean;
}

export interface RawInput {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Checks the input; what comes back does the work. */
type Prepare<By> = (input: RawInput) => Settled<(call: Call<By>) => Promise<Settled<Reply>>>;

export interface Endpoint extends Described {
  readonly kind: 'caller';
  readonly prepare: Prepare<Credential>;
}

/** Answers without a credential. */
export interface OpenEndpoint extends Described {
  readonly kind: 'open';
  readonly prepare: Prepare<undefined>;
}

type Output<S> = S extends z.ZodType ? z.output<S> : unknown;

interface Input<P, Q, B> {
  readonly params: Output<P>;
  readonly query: Output<Q>;
  readonly body: Output<B>;
}

interface Shapes<P, Q, B> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly dress?: RefusalDress;
  readonly showsOnce?: boolean;
  readonly ownIdempotency?: boolean;
  readonly mayEndItself?: boolean;
}

type Params = z.ZodObject | undefined;
type Body = z.ZodType | undefined;

const nothing = z.strictObject({});

function build<P extends Params, Q extends Params, B extends Body, By>(
  shapes: Shapes<P, Q, B>,
  answer: AnswerShape,
  work: (input: Input<P, Q, B>, call: Call<By>) => Promise<Settled<Reply>>,
): Described & { readonly prepare: Prepare<By> } {
  const { params = nothing, query = nothing, body } = shapes;
  return {
    params,
    query,
    ...(body === undefined ? {} : { body }),
    answer,
    dress: shapes.dress ?? 'problem',
    showsOnce: shapes.showsOnce ?? false,
    ownIdempotency: shapes.ownIdempotency ?? false,
    mayEndItself: shapes.mayEndItself ?? false,
    prepare(raw) {
      const parts = [
        validate(params, raw.params, 'path'),
        validate(query, { ...raw.query }, 'query'),
        validate(body ?? nothing.optional(), raw.body, 'body'),
      ] as const;
      for (const part of parts) if (!part.ok) return part;
      const [paramsPart, queryPart, bodyPart] = parts.map((part) => (part.ok ? part.value : undefined));
      return done((call) => work({ params: paramsPart, query: queryPart, body: bodyPart } as Input<P, Q, B>, call));
    },
  };
}

/** An answer as its schema says, also where the value at hand is read-only. */
export type Told<T> = T extends readonly (infer Item)[] ? readonly Told<Item>[] : T extends object ? { readonly [K in keyof T]: Told<T[K]> } : T;

/** A route that answers with JSON. */
export function endpoint<A extends z.ZodType, P extends Params = undefined, Q extends Params = undefined, B extends Body = undefined>(
  spec: Shapes<P, Q, B> & {
    readonly answer: A;
    readonly status?: number;
    readonly work: (input: Input<P, Q, B>, call: Call<Credential>) => Promise<Settled<Told<z.output<A>>>>;
  },
): Endpoint {
  const status = spec.status ?? 200;
  const work = async (input: Input<P, Q, B>, call: Call<Credential>): Promise<Settled<Reply>> => {
    const settled = await spec.work(input, call);
    return settled.ok ? done({ kind: 'json', status, body: settled.value }) : settled;
  };
  return { kind: 'caller', ...build(spec, { status, content: { 'application/json': spec.answer } }, work) };
}

/** A route that chooses the form of its answer. */
export function freeEndpoint<P extends Params = undefined, Q extends Params = undefined, B extends Body = undefined>(
  spec: Shapes<P, Q, B> & { readonly answer: AnswerShape; readonly work: (input: Input<P, Q, B>, call: Call<Credential>) => Promise<Settled<Reply>> },
): Endpoint {
  return { kind: 'caller', ...build(spec, spec.answer, spec.work) };
}

/** A route that answers without a credential. */
export function openEndpoint<P extends Params = undefined, Q extends Params = undefined, B extends Body = undefined>(
  spec: Shapes<P, Q, B> & { readonly answer: AnswerShape; readonly work: (input: Input<P, Q, B>, call: Call<undefined>) => Promise<Settled<Reply>> },
): OpenEndpoint {
  return { kind: 'open', ...build(spec, spec.answer, spec.work) };
}
