/** People by the id their platform gave them for good. A name can be given up and taken by somebody else. */

const digits = /^[0-9]{1,32}$/;

const idPatterns: ReadonlyMap<string, { readonly pattern: RegExp; readonly example: string }> = new Map([
  ['telegram', { pattern: digits, example: '12345' }],
  ['discord', { pattern: digits, example: '80351110224678912' }],
  ['whatsapp', { pattern: digits, example: '15551234567' }],
  ['slack', { pattern: /^[UW][0-9A-Z]{1,31}$/, example: 'U012AB3CD' }],
  ['signal', { pattern: /^(?:\+[0-9]{1,32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/, example: '+15551234567' }],
]);

/** Of a platform nobody here knows the ids of. */
const anyId = { pattern: /^[^\s@][^\s]{0,127}$/u, example: '12345' };

/** Undefined when it is a platform and an id; else how to write it. */
export function approverProblem(approver: string): { readonly hint: string } | undefined {
  const [, platform = '', id = ''] = /^(?<platform>[a-z][a-z0-9-]{0,31}):(?<id>.*)$/su.exec(approver) ?? [];
  const { pattern, example } = idPatterns.get(platform) ?? anyId;
  return pattern.test(id) ? undefined : { hint: `write it like ${platform === '' ? 'telegram' : platform}:${example}` };
}
