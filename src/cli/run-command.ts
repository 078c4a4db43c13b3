import type { Command, Output } from './command.ts'

/** A command by what it is for. Its module is loaded when it is asked for, so that none needs the packages of another. */
export interface CommandEntry {
  readonly summary: string
  readonly load: () => Promise<Command>
}

/** Arguments that make no sense, as in most programs. */
const USAGE_ERROR = 2

/** Runs what the arguments name. @returns the exit code */
export async function runCommand(
  commands: Readonly<Record<string, CommandEntry>>,
  [name, ...args]: readonly string[],
  output: Output,
): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h') {
    output.print(overview(commands))
    return name === undefined ? USAGE_ERROR : 0
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (entry === undefined) {
    output.complain(`There is no command “${name}”.\n\n${overview(commands)}`)
    return USAGE_ERROR
  }
  const command = await entry.load()
  if (args.includes('--help') || args.includes('-h')) {
    output.print(command.usage)
    return 0
  }
  return command.run(args, output)
}

function overview(commands: Readonly<Record<string, CommandEntry>>): string {
  const widest = Math.max(...Object.keys(commands).map(({ length }) => length), 0)
  const lines = Object.entries(commands).map(
    ([name, { summary }]) => `  ${name.padEnd(widest)}  ${summary}`,
  )
  return ['Usage: npx token-guardian <command> [--help]', '', ...lines].join('\n')
}
