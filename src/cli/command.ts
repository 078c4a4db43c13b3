/** What a command may write to; a terminal, or a test. */
export interface Output {
  /** Results, for people and for programs. */
  readonly print: (line: string) => void
  /** What went wrong, and nothing else. */
  readonly complain: (line: string) => void
}

/** One command of `npx token-guardian`. */
export interface Command {
  /** Shown for `--help`: arguments and options, a line each. */
  readonly usage: string
  /** @returns the exit code: 0 when everything is well, 1 when what was checked or made is not, 2 for arguments that make no sense */
  readonly run: (args: readonly string[], output: Output) => Promise<number>
}
