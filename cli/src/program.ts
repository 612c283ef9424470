/** The command tree, built from the catalogue. */
import { Command, Option } from 'commander';
import { catalogue } from './catalogue/catalogue.ts';
import { laterNouns } from './catalogue/later.ts';
import { renderNounHelp, renderTopHelp } from './help.ts';
import type { Screen } from './terminal/screen.ts';
import type { Noun, Verb } from './verb.ts';
import { version } from './version.ts';

export interface Chosen {
  readonly verb: Verb;
  readonly input: { readonly [name: string]: unknown };
}

export interface ProgramPorts {
  readonly screen: Screen;
  readonly writeOut: (text: string) => void;
  /** Help that is shown because words were missing. */
  readonly writeErr: (text: string) => void;
  /** Called with what was typed; nothing runs while words are parsed. */
  readonly choose: (chosen: Chosen) => void;
}

const pipeWidth = 100;

export function buildProgram(ports: ProgramPorts): Command {
  const { screen } = ports;
  const program = new Command('guildhall')
    .version(version, '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Print help; also after any command')
    .option('--json', 'Answer in JSON on stdout, for scripts')
    .exitOverride()
    .configureOutput({
      writeOut: ports.writeOut,
      writeErr: ports.writeErr,
      outputError: () => undefined,
      getOutHelpWidth: () => screen.width ?? pipeWidth,
      getErrHelpWidth: () => screen.width ?? pipeWidth,
      getOutHasColors: () => true,
      getErrHasColors: () => true,
    })
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (text) => screen.paint('bold', text).shown,
      styleCommandText: (text) => screen.paint('cyan', text).shown,
    });
  for (const entry of catalogue.flatMap((group) => group.entries)) {
    if ('verbs' in entry) addNoun(program, entry, ports);
    else addVerb(program, entry, ports, []);
  }
  for (const later of laterNouns) addVerb(program, later, ports, [], true);
  program.helpInformation = () => renderTopHelp(screen);
  return program;
}

function addNoun(program: Command, noun: Noun, ports: ProgramPorts): void {
  const words = noun.name.split(' ');
  const command = words.reduce((parent, word) => parent.commands.find((each) => each.name() === word) ?? parent.command(word), program);
  for (const verb of noun.verbs) addVerb(command, verb, ports, words);
  for (const verb of noun.later ?? []) addVerb(command, verb, ports, words, true);
  command.helpInformation = () => renderNounHelp(ports.screen, noun.name);
}

function addVerb(parent: Command, verb: Verb, ports: ProgramPorts, words: readonly string[], later = false): void {
  const command = parent.command(verb.usage, { hidden: later }).summary(verb.summary).description(describe(verb));
  if (later) command.allowUnknownOption().allowExcessArguments();
  for (const { flags, summary, choices, repeats } of verb.options ?? []) {
    const option = new Option(flags, summary);
    if (choices !== undefined) option.choices(choices);
    if (repeats === true) option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
    command.addOption(option);
  }
  const name = ['guildhall', ...words, command.name()].join(' ');
  command.addHelpText('after', `\nExample:\n  ${verb.example}`);
  command.exitOverride((error) => {
    if (error.code === 'commander.missingArgument') error.message += `. Wanted is: ${name} ${command.usage()}`;
    throw error;
  });
  command.action(() =>
    ports.choose({ verb, input: { ...readArguments(command), ...command.opts<Record<string, unknown>>(), words: name, arguments: argumentNames(command) } }),
  );
}

function describe(verb: Verb): string {
  return verb.more === undefined ? `${verb.summary}.` : `${verb.summary}. ${verb.more}`;
}

function argumentNames(command: Command): readonly string[] {
  return command.registeredArguments.map((argument) => argument.name());
}

function readArguments(command: Command): { readonly [name: string]: unknown } {
  const values: readonly unknown[] = command.processedArgs;
  return Object.fromEntries(
    command.registeredArguments.map((argument, at) => [argument.name(), values[at]] as const).filter(([, value]) => value !== undefined),
  );
}
