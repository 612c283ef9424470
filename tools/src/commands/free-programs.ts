/**
 * The programs that run without asking: they only read, and only with the options listed. An option that is not listed asks, so that nothing a program can do
 * besides (`sort -o`, `find -exec`, `grep -f`, `rg --pre`, `date -s`) runs unnoticed, and abbreviated long options ask too.
 */

export interface FreeProgram {
  /** One-letter options without a value. */
  readonly flags?: string;
  /** One-letter options whose value is the rest of the word or the next word. */
  readonly valued?: string;
  /** Long options without a value, or with an optional one after `=`. */
  readonly long?: readonly string[];
  /** Long options with a value after `=` or in the next word. */
  readonly longValued?: readonly string[];
  /** Most operands; no limit when absent. */
  readonly operands?: number;
  /** True when operands and values are plain text that is never opened as a file. */
  readonly text?: true;
}

const digits = '0123456789';

export const freePrograms: Readonly<Record<string, FreeProgram>> = {
  ls: {
    flags: '1aAbBcCdfFgGhiklmnNopqQrRsStuUvxX',
    long: ['all', 'almost-all', 'human-readable', 'recursive', 'reverse', 'size', 'directory', 'classify', 'color', 'group-directories-first'],
  },
  cat: { flags: 'AbeEnstTv', long: ['number', 'show-all'] },
  head: { flags: `${digits}qv`, valued: 'cn', longValued: ['lines', 'bytes'] },
  tail: { flags: `${digits}qv`, valued: 'cn', longValued: ['lines', 'bytes'] },
  wc: { flags: 'clLmw', long: ['lines', 'words', 'bytes', 'chars'] },
  stat: { flags: 't', valued: 'c', longValued: ['format'] },
  du: { flags: 'abchkms', valued: 'd', long: ['summarize', 'human-readable'], longValued: ['max-depth'] },
  tree: { flags: 'adDfhips', valued: 'LIP', long: ['dirsfirst', 'noreport'] },
  sort: { flags: 'bcdfghiMnrsuV', valued: 'kt', long: ['reverse', 'unique', 'numeric-sort'], longValued: ['key', 'field-separator'] },
  uniq: { flags: 'cdiu', valued: 'fsw', long: ['count'], operands: 1 },
  cut: { flags: 's', valued: 'bcdf', longValued: ['bytes', 'characters', 'delimiter', 'fields'] },
  comm: { flags: '123' },
  cmp: { flags: 'bls', operands: 2 },
  tac: {},
  rev: {},
  md5sum: { flags: 'bt' },
  sha1sum: { flags: 'bt' },
  sha256sum: { flags: 'bt' },
  sha512sum: { flags: 'bt' },
  grep: {
    flags: `${digits}aEFGbchHiIlLnoPqrsTvwx`,
    valued: 'ABCem',
    long: [
      'count',
      'color',
      'extended-regexp',
      'files-with-matches',
      'files-without-match',
      'fixed-strings',
      'ignore-case',
      'invert-match',
      'line-number',
      'line-regexp',
    ].concat(['no-filename', 'no-messages', 'only-matching', 'perl-regexp', 'quiet', 'recursive', 'text', 'with-filename', 'word-regexp']),
    longValued: ['after-context', 'before-context', 'context', 'exclude', 'exclude-dir', 'include', 'max-count', 'regexp'],
  },
  rg: {
    flags: 'cFHiIlnNoSsUvwx',
    valued: 'ABCegmMtT',
    long: [
      'count',
      'files',
      'files-with-matches',
      'fixed-strings',
      'hidden',
      'ignore-case',
      'line-number',
      'multiline',
      'no-heading',
      'only-matching',
      'smart-case',
      'word-regexp',
    ],
    longValued: ['after-context', 'before-context', 'color', 'context', 'glob', 'max-count', 'max-depth', 'regexp', 'type', 'type-not'],
  },
  pwd: { flags: 'LP', operands: 0 },
  whoami: { operands: 0 },
  uname: { flags: 'aimnoprsv', operands: 0 },
  nproc: { operands: 0 },
  true: { text: true },
  false: { text: true },
  sleep: { text: true },
  seq: { flags: 'w', valued: 'fs', text: true },
  basename: { flags: 'a', valued: 's', text: true },
  dirname: { text: true },
  which: { flags: 'a', text: true },
  tr: { flags: 'cCdst', text: true },
};

/** The verbs of git that only read, with the options they may have. */
export const freeGitVerbs: Readonly<Record<string, FreeProgram>> = {
  status: { flags: 'bsvz', long: ['short', 'branch', 'porcelain', 'untracked-files', 'ignored'] },
  log: {
    flags: `${digits}pz`,
    valued: 'nGS',
    long: [
      'oneline',
      'graph',
      'decorate',
      'stat',
      'shortstat',
      'numstat',
      'name-only',
      'name-status',
      'patch',
      'no-patch',
      'all',
      'merges',
      'no-merges',
      'reverse',
      'follow',
      'abbrev-commit',
      'date',
      'pretty',
      'format',
    ],
    longValued: ['max-count', 'since', 'until', 'author', 'grep', 'after', 'before'],
  },
  diff: {
    flags: 'bpwz',
    valued: 'U',
    long: ['cached', 'staged', 'stat', 'shortstat', 'numstat', 'name-only', 'name-status', 'word-diff', 'color', 'no-color', 'summary', 'check'],
    longValued: ['unified'],
  },
  show: { flags: 'pqswz', valued: 'U', long: ['stat', 'numstat', 'name-only', 'name-status', 'oneline', 'no-patch', 'pretty', 'format', 'abbrev-commit'] },
  'ls-files': { flags: 'cdmosuz', long: ['cached', 'deleted', 'modified', 'others', 'exclude-standard', 'stage'] },
  'rev-parse': { long: ['short', 'abbrev-ref', 'show-toplevel', 'is-inside-work-tree', 'verify', 'show-prefix'] },
  blame: { flags: 'lstw', valued: 'L' },
  branch: { flags: 'arv', long: ['list', 'all', 'remotes', 'show-current', 'verbose'], operands: 0 },
  tag: { flags: 'l', long: ['list'], operands: 0 },
  remote: { flags: 'v', operands: 0 },
};

/** The tests and actions of `find` that neither write nor run anything. The value says how many words follow. */
export const freeFindWords: Readonly<Record<string, 0 | 1>> = {
  '-name': 1,
  '-iname': 1,
  '-path': 1,
  '-ipath': 1,
  '-type': 1,
  '-maxdepth': 1,
  '-mindepth': 1,
  '-size': 1,
  '-mtime': 1,
  '-mmin': 1,
  '-empty': 0,
  '-not': 0,
  '-a': 0,
  '-and': 0,
  '-o': 0,
  '-or': 0,
  '-print': 0,
  '-print0': 0,
  '-prune': 0,
  '-ls': 0,
  '!': 0,
  '(': 0,
  ')': 0,
};

/** Why the best known other programs ask; the rest ask because they are not on the list. */
export const askingPrograms: readonly (readonly [reason: string, programs: readonly string[]])[] = [
  [
    'starts another program, so that what runs is not what is judged',
    [
      'env',
      'xargs',
      'nohup',
      'timeout',
      'nice',
      'ionice',
      'setsid',
      'time',
      'watch',
      'parallel',
      'script',
      'stdbuf',
      'flock',
      'busybox',
      'exec',
      'command',
      'eval',
    ],
  ],
  [
    'runs program text',
    [
      'sh',
      'bash',
      'dash',
      'zsh',
      'fish',
      'python',
      'python3',
      'node',
      'deno',
      'bun',
      'ruby',
      'perl',
      'php',
      'lua',
      'awk',
      'gawk',
      'sed',
      'make',
      'cmake',
      'jq',
    ],
  ],
  [
    'installs or runs packages of others',
    ['npm', 'npx', 'pnpm', 'yarn', 'pip', 'pip3', 'uv', 'uvx', 'poetry', 'cargo', 'go', 'gem', 'apt', 'apt-get', 'dnf', 'brew'],
  ],
  ['talks to the network', ['curl', 'wget', 'ssh', 'scp', 'sftp', 'rsync', 'nc', 'ncat', 'telnet', 'ftp', 'ping', 'dig', 'nslookup', 'host', 'socat', 'gh']],
  [
    'takes other rights or reaches other machines',
    [
      'sudo',
      'su',
      'doas',
      'pkexec',
      'chroot',
      'unshare',
      'nsenter',
      'mount',
      'docker',
      'podman',
      'kubectl',
      'systemctl',
      'crontab',
      'at',
      'kill',
      'pkill',
      'killall',
    ],
  ],
  [
    'removes or changes files',
    ['rm', 'rmdir', 'shred', 'dd', 'truncate', 'mv', 'cp', 'ln', 'chmod', 'chown', 'tee', 'install', 'touch', 'mkdir', 'tar', 'unzip', 'zip', 'patch'],
  ],
];
