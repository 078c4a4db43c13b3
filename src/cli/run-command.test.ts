import { describe, expect, test } from 'vitest'
import { runCommand, type CommandEntry } from './run-command.ts'

async function run(...args: readonly string[]) {
  const printed: string[] = []
  const complaints: string[] = []
  const seen: (readonly string[])[] = []
  const bake: CommandEntry = {
    summary: 'makes a worker',
    load: async () => ({
      usage: 'bake <file>',
      run: async (rest) => {
        seen.push(rest)
        return 1
      },
    }),
  }
  const code = await runCommand({ bake }, args, {
    print: (line) => printed.push(line),
    complain: (line) => complaints.push(line),
  })
  return { code, printed, complaints, seen }
}

describe('npx token-guardian', () => {
  test('gives a command the arguments behind it, and ends with its exit code', async () => {
    expect(await run('bake', 'a.json', '--json')).toEqual({
      code: 1,
      printed: [],
      complaints: [],
      seen: [['a.json', '--json']],
    })
  })

  test('lists what there is: for --help, and with exit code 2 when nothing is asked for', async () => {
    for (const args of [['--help'], ['-h'], []]) {
      const { code, printed, complaints } = await run(...args)
      expect(code).toBe(args.length === 0 ? 2 : 0)
      expect(printed.join()).toContain('bake  makes a worker')
      expect(complaints).toEqual([])
    }
  })

  test('shows the usage of a command instead of running it', async () => {
    for (const args of [
      ['bake', '--help'],
      ['bake', 'a.json', '-h'],
    ]) {
      expect(await run(...args)).toMatchObject({ code: 0, printed: ['bake <file>'], seen: [] })
    }
  })

  test('refuses what is no command with exit code 2, names of every object too', async () => {
    for (const name of ['bakes', 'constructor', '__proto__', '']) {
      const { code, printed, complaints } = await run(name)
      expect(code).toBe(2)
      expect(printed).toEqual([])
      expect(complaints.join()).toContain(`no command “${name}”`)
    }
  })
})
