/** What is wrong in a configuration file, and where. */

/** One mistake, as `config check` prints it. `line` and `column` count from 1; `path` is empty for the file as a whole. */
export interface ConfigError {
  /** Where in the data: `agents.coder.tools.profile`, `bindings[0].chat`. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** What to do about it, where something useful can be said. */
  readonly hint: string | null;
}

/** A place in the data, outermost first. */
export type ConfigPath = readonly (string | number)[];

/** `agents.coder.model`, `bindings[0].chat`, `prices["a/b.c"].input`. */
export function formatPath(path: ConfigPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') {
      text += `[${step}]`;
      continue;
    }
    if (/^[\w*-]+$/.test(step)) {
      text += text === '' ? step : `.${step}`;
      continue;
    }
    text += `[${JSON.stringify(step.length > 80 ? `${step.slice(0, 80)}…` : step)}]`;
  }
  return text;
}

/** `guildhall.yaml:5:5 agents.coder: unknown key "modle" (did you mean "model"?)` */
export function formatConfigError(file: string, error: ConfigError): string {
  const where = error.path === '' ? '' : ` ${error.path}:`;
  return `${file}:${error.line}:${error.column}${where} ${error.message}${error.hint === null ? '' : ` (${error.hint})`}`;
}

export function inFileOrder(errors: readonly ConfigError[]): readonly ConfigError[] {
  return errors.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
