/**
 * Server-sent events, written straight to the Node response. A frame is a string that was made once, however many clients get it. What may wait for a slow client is bounded:
 * its source waits for it, and when it reads nothing for a while it is cut off and resumes with the last id it saw.
 */
import type { ServerResponse } from 'node:http';
import type { Clock } from '@guildhall/kernel';
import type { DoorLimits } from './limits.ts';
import { endedBecause, type OpenRequest } from './open-requests.ts';
import { waitForReader } from './slow-reader.ts';

export interface EventStream {
  /** Resolves when the client took the frame into its own buffers, or false when it is gone or was cut off and nothing more need be sent. */
  send(frame: string): boolean | Promise<boolean>;
  /** Ends the stream after a comment that says why. */
  end(why?: string): void;
}

/** One event. `data` is one line, as JSON is. */
export function eventFrame(data: string, id?: string | number): string {
  return id === undefined ? `data: ${data}\n\n` : `id: ${id}\ndata: ${data}\n\n`;
}

export interface OpenStreams {
  open(outgoing: ServerResponse, request: OpenRequest): EventStream;
  /** Called about once a second: comments on streams that have been silent for long, so that both ends know the other is there. */
  tick(): void;
}

interface Stream {
  readonly outgoing: ServerResponse;
  lastWriteAt: number;
}

export function createOpenStreams(clock: Clock, limits: DoorLimits): OpenStreams {
  const streams = new Set<Stream>();
  return {
    open(outgoing, request) {
      outgoing.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
      const stream: Stream = { outgoing, lastWriteAt: clock.mono() };
      streams.add(stream);
      outgoing.on('close', () => streams.delete(stream));
      const end = (why?: string) => {
        request.signal.removeEventListener('abort', onEnded);
        streams.delete(stream);
        if (!outgoing.destroyed && !outgoing.writableEnded) outgoing.end(why === undefined ? '' : `: ${why}\n\n`);
      };
      const onEnded = () => {
        if (endedBecause(request.signal, 'closing')) end('the daemon is stopping; connect again and resume');
        else outgoing.destroy();
      };
      if (request.signal.aborted) onEnded();
      else request.signal.addEventListener('abort', onEnded, { once: true });
      const send = (frame: string) => {
        if (!write(stream, frame, clock)) return false;
        return outgoing.writableLength <= limits.streamBufferBytes || waitForReader(outgoing, clock, limits.stallMs);
      };
      write(stream, 'retry: 1000\n\n', clock);
      return { send, end };
    },
    tick() {
      const dueAt = clock.mono() - limits.heartbeatMs;
      for (const stream of streams) if (stream.lastWriteAt <= dueAt && !stream.outgoing.writableNeedDrain) write(stream, ': still here\n\n', clock);
    },
  };
}

function write(stream: Stream, frame: string, clock: Clock): boolean {
  const { outgoing } = stream;
  if (outgoing.destroyed || outgoing.writableEnded) return false;
  outgoing.write(frame);
  stream.lastWriteAt = clock.mono();
  return true;
}
