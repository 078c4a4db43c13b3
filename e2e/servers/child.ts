import { spawn, type ChildProcess, type SpawnOptions, type StdioOptions } from 'node:child_process'

/** A program that ends with us at the latest: nothing is left running after an interrupted run. */
export interface Child {
  readonly process: ChildProcess
  /** Settles when it ended, or could not be started. */
  readonly ended: Promise<void>
  end(): Promise<void>
}

export function startChild(
  program: string,
  args: readonly string[],
  stdio: StdioOptions,
  options: Pick<SpawnOptions, 'cwd' | 'env'> = {},
): Child {
  const child = spawn(program, args, { ...options, stdio })
  const kill = (): void => void child.kill()
  process.once('exit', kill)
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  }).then(() => void process.off('exit', kill))
  return {
    process: child,
    ended,
    end: async () => {
      kill()
      await ended
    },
  }
}
