/** What a plain turn with one tool call costs, waited for: that to which whatever else opens turns is compared. */
import { z } from 'zod';
import type { DaemonProcess } from '../test/harness/daemon-process.ts';

/** Of whoever is told `write FILE`. */
export const rehearsal = `
rules:
  - match: { text: "write {file}" }
    steps:
      - call: { tool: write_file, args: { path: "{file}", content: "written" } }
      - say: It is written.
`;

const turnAnswer = z.object({ turnId: z.string() });

export async function turn(daemon: DaemonProcess, n: number): Promise<void> {
  const message = { platform: 'terminal', chat: 'bench', messageId: `m${n}`, text: `write note-${n}.txt` };
  const { turnId } = turnAnswer.parse((await daemon.request('POST', '/v1/messages', message))?.body);
  await daemon.request('GET', `/v1/turns/${turnId}?waitMs=30000`);
}
