/** Stands between a client and PostgreSQL, on a socket of its own, and does what a bad network does. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PostgresProxy {
  readonly url: string;
  /** Sees what a client sends. `cut-before` loses it and the connection; `cut-after` passes it on and loses the answer and the connection; `freeze` passes nothing on any more. */
  onSend: (text: string) => 'pass' | 'cut-before' | 'cut-after' | 'freeze';
  close(): Promise<void>;
}

export async function startProxy(url: string): Promise<PostgresProxy> {
  const target = join(decodeURIComponent(/host=([^&]*)/.exec(url)?.[1] ?? ''), '.s.PGSQL.5432');
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-proxy-'));
  const sockets = new Set<Socket>();
  const proxy: PostgresProxy = {
    url: url.replace(/host=[^&]*/, `host=${encodeURIComponent(folder)}`),
    onSend: () => 'pass',
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  const server = createServer((client) => {
    const upstream = createConnection(target);
    let frozen = false;
    let deaf = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        if (!frozen) for (const other of [client, upstream]) other.destroy();
      });
    }
    client.on('data', (bytes) => {
      if (frozen) return;
      const fate = proxy.onSend(bytes.toString('latin1'));
      frozen = fate === 'freeze';
      deaf ||= fate === 'cut-after';
      if (fate === 'cut-before') client.destroy();
      else if (!frozen) upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (deaf) client.destroy();
      else if (!frozen) client.write(bytes);
    });
  });
  server.listen(join(folder, '.s.PGSQL.5432'));
  await once(server, 'listening');
  return proxy;
}
