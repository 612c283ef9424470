import { createInterface } from 'node:readline';
import type { Shown } from '../terminal/shown.ts';
import type { Call } from '../verb.ts';

export interface Prompt {
  /** Asks for the next line; what was typed already stays. */
  readonly show: (prompt: Shown) => void;
  /** Takes the line that is being typed off the screen, before something else is written. */
  readonly hide: () => void;
  readonly close: () => void;
}

/** Lines that come faster than anybody types were pasted: they are one message. */
const pasteMs = 25;

export function openPrompt(call: Call, on: { readonly onText: (text: string) => void; readonly onInterrupt: () => void; readonly onEnd: () => void }): Prompt {
  const { live } = call.output.screen;
  const reader = createInterface({ input: call.stdin, output: call.stdout, terminal: live, historySize: 500 });
  let shown = false;
  let closed = false;
  let pasted: string[] = [];
  const pass = () => {
    const text = pasted.join('\n');
    pasted = [];
    on.onText(text);
  };
  let timer: NodeJS.Timeout | undefined;
  reader.on('line', (line) => {
    shown = false;
    pasted.push(line);
    clearTimeout(timer);
    timer = setTimeout(pass, pasteMs);
  });
  reader.on('SIGINT', on.onInterrupt);
  reader.on('close', () => {
    if (closed) return;
    closed = true;
    clearTimeout(timer);
    if (pasted.length > 0) pass();
    on.onEnd();
  });
  call.onInterrupt(on.onInterrupt);
  return {
    show(prompt) {
      if (closed) return;
      reader.setPrompt(prompt.shown);
      reader.prompt(true);
      shown = true;
    },
    hide() {
      if (!shown) return;
      shown = false;
      if (live) call.stdout.write('\r\u001b[K');
    },
    close() {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      reader.close();
    },
  };
}
