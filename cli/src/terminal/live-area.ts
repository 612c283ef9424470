/** The last lines of a terminal, drawn again in place. */
import type { Output } from './output.ts';
import type { OutStream, Screen } from './screen.ts';
import { joinShown, show, showEscaped, type Shown } from './shown.ts';

export interface LiveArea {
  /** Draws over what was drawn before. `render` is called again each second and when the terminal changed its size: it may tell how long ago something was. */
  draw(render: (screen: Screen) => Shown): void;
  /** Leaves what was drawn last on the screen. */
  close(): void;
}

const redrawMs = 1000;
const usualRows = 24;
/** Lines that are too long are cut by the terminal while this is off: one that wrapped would not be counted. */
const wrapOff = '\u001b[?7l';
const wrapOn = '\u001b[?7h';

export function openLiveArea(stream: OutStream, output: Output): LiveArea {
  let render: ((screen: Screen) => Shown) | undefined;
  let drawn = 0;
  let last = '';
  const redraw = () => {
    if (render === undefined) return;
    const { screen } = output;
    const text = fit(render({ ...screen, width: stream.columns ?? screen.width }), (stream.rows ?? usualRows) - 1, screen);
    if (text === last) return;
    const back = drawn === 0 ? '' : `\u001b[${drawn}A\r\u001b[J`;
    output.write(showEscaped(`${back}${wrapOff}${text}\n${wrapOn}`));
    drawn = text.split('\n').length;
    last = text;
  };
  const timer = setInterval(redraw, redrawMs);
  stream.on('resize', redraw);
  return {
    draw(next) {
      render = next;
      redraw();
    },
    close() {
      clearInterval(timer);
      stream.off('resize', redraw);
    },
  };
}

/** What does not fit could not be drawn over: the cursor does not go above the screen. */
function fit(text: Shown, most: number, screen: Screen): string {
  const lines = text.shown.split('\n');
  if (lines.length <= most) return text.shown;
  const kept = lines.slice(0, Math.max(1, most - 1)).map(showEscaped);
  return joinShown([...kept, screen.paint('dim', show`${screen.marks.ellipsis} and ${lines.length - kept.length} more`)]).shown;
}
