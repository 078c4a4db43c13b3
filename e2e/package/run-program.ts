import { spawn } from 'node:child_process'

export interface ProgramOptions {
  readonly cwd: string
  /** After which it is ended. Default two minutes, for machines that have more to do. */
  readonly timeoutMs?: number
}

export interface ProgramResult {
  /** `null` when it was ended. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const TIMEOUT_MS = 120_000

/** What a program finds in its environment: ours, without what colours its output. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, ...rest } = process.env
  return { ...rest, NO_COLOR: '1' }
}

/** Runs a program to its end, whatever its exit code is. */
export function runProgram(
  program: string,
  args: readonly string[],
  { cwd, timeoutMs = TIMEOUT_MS }: ProgramOptions,
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      timeout: timeoutMs,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: plainEnvironment(),
    })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => stdout.push(part))
    child.stderr.on('data', (part: Buffer) => stderr.push(part))
    child.once('error', reject)
    child.once('close', (code) => {
      const text = (parts: readonly Buffer[]): string => Buffer.concat(parts).toString()
      resolve({ code, stdout: text(stdout), stderr: text(stderr) })
    })
  })
}

/**
 * The same for a program that has to succeed.
 * @returns what it printed
 * @throws Error with all that it said
 */
export async function runWell(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, args, options)
  if (code === 0) return stdout
  const end = code === null ? 'was ended, for it took too long' : `ended with ${code}`
  throw new Error(`${[program, ...args].join(' ')} ${end}:\n${stdout}${stderr}`)
}
