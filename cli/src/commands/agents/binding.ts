/** A binding as it is typed: `telegram=-100123`, or `telegram=*` for every chat of the platform. */
export const bindingGrammar = /^[a-z][a-z0-9-]*=.+$/;

/** What of a message the binding looks at, in the long form of the configuration. */
export function readBinding(text: string): { readonly [key: string]: string } {
  const at = text.indexOf('=');
  const [platform, chat] = [text.slice(0, at), text.slice(at + 1)];
  return chat === '*' ? { platform } : { platform, chat };
}
