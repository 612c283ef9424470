import type { Verb } from '../verb.ts';

export const tokenVerbs: readonly Verb[] = [
  {
    usage: 'create',
    summary: 'Create a credential; its secret is shown once',
    more: 'Scopes: operator, read, chat, agent:<id>. The scope sign-in gives a code for the web page that works once.',
    example: 'guildhall tokens create --scope agent:coder --label "my editor" --expires 30d',
    options: [
      { flags: '--scope <scope>', summary: 'What it may do' },
      { flags: '--label <text>', summary: 'What you call it' },
      { flags: '--expires <time>', summary: 'Ends by itself after 15m, 12h, 30d …' },
    ],
    load: async () => (await import('../commands/tokens/create.ts')).createToken,
  },
  {
    usage: 'list',
    summary: 'All credentials, without their secrets',
    example: 'guildhall tokens list',
    load: async () => (await import('../commands/tokens/list.ts')).listTokens,
  },
  {
    usage: 'revoke <id>',
    summary: 'End a credential at once, open connections too',
    example: 'guildhall tokens revoke crd_0123',
    load: async () => (await import('../commands/tokens/revoke.ts')).revokeToken,
  },
];

export const completionVerb: Verb = {
  usage: 'completion <shell>',
  summary: 'Print a completion script for bash, zsh or fish',
  more: 'bash: source <(guildhall completion bash) in ~/.bashrc. zsh: write it to a file _guildhall in a directory of $fpath. fish: write it to ~/.config/fish/completions/guildhall.fish.',
  example: 'source <(guildhall completion bash)',
  load: async () => (await import('../commands/completion/completion.ts')).printCompletion,
};
