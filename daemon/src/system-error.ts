/** The code of what the operating system refused, such as `ENOENT`; empty for every other error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
