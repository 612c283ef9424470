/** The whole environment of a child process. Nothing of the daemon's own gets in: no provider key, no loader option, no search path of a model's choosing. */

/** The variable every child carries, also after it has left its process group, so that it can be found. */
export const markerName = 'GUILDHALL_CALL';

export const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface ChildEnvironmentOptions {
  /** The workspace; `HOME` of the child. */
  readonly home: string;
  readonly path: string;
  readonly marker: string;
  /** For commands nobody was asked about: git must run no program that a repository names, ask for nothing and fetch nothing. */
  readonly tameGit?: boolean;
}

export function childEnvironment(options: ChildEnvironmentOptions): Record<string, string> {
  const { home, path, marker } = options;
  const parent = home.slice(0, home.lastIndexOf('/')) || '/';
  const base = {
    PATH: path,
    HOME: home,
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    [markerName]: marker,
    GIT_CEILING_DIRECTORIES: parent,
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  return options.tameGit === true ? { ...base, ...tameGit() } : base;
}

function tameGit(): Record<string, string> {
  const settings = Object.entries(tameSettings);
  const variables: Record<string, string> = {
    GIT_CONFIG_COUNT: String(settings.length),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
  };
  for (const [index, [key, value]] of settings.entries()) {
    variables[`GIT_CONFIG_KEY_${index}`] = key;
    variables[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return variables;
}

const tameSettings = {
  'core.fsmonitor': 'false',
  'core.hooksPath': '/dev/null',
  'safe.bareRepository': 'explicit',
  'log.showSignature': 'false',
  'gpg.program': 'false',
  'gpg.ssh.program': 'false',
  'gpg.x509.program': 'false',
  'diff.ignoreSubmodules': 'all',
  'protocol.allow': 'never',
  'submodule.recurse': 'false',
};
