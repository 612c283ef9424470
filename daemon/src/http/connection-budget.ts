/** How many connections may be open that nobody vouched for. The newest always gets in; the oldest stranger makes room. */
import type { Socket } from 'node:net';

export interface ConnectionBudget {
  admit(socket: Socket): void;
  /** A request on this connection showed a live credential. */
  vouch(socket: Socket): void;
  destroyAll(): void;
}

export function createConnectionBudget(mostStrangers: number): ConnectionBudget {
  const strangers = new Set<Socket>();
  const all = new Set<Socket>();
  return {
    admit(socket) {
      all.add(socket);
      strangers.add(socket);
      socket.on('close', () => {
        all.delete(socket);
        strangers.delete(socket);
      });
      if (strangers.size <= mostStrangers) return;
      const oldest = strangers.values().next();
      if (oldest.done === true) return;
      strangers.delete(oldest.value);
      oldest.value.destroy();
    },
    vouch: (socket) => void strangers.delete(socket),
    destroyAll() {
      for (const socket of all) socket.destroy();
    },
  };
}
