import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { devServerCommand } from './dev-server.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'token-guardian-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function fileOf(name: string, content: unknown): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

async function run(...args: readonly string[]) {
  const complaints: string[] = []
  const printed: string[] = []
  const code = await devServerCommand.run(args, {
    print: (line) => printed.push(line),
    complain: (line) => complaints.push(line),
  })
  return { code, printed, complaint: complaints.join('\n') }
}

const redirect = ['--redirect-uri', 'http://localhost:5173/auth/callback']

describe('token-guardian dev-server', () => {
  test('ends with code 2 and says why, for arguments that make no sense', async () => {
    const list = await fileOf('list.json', ['not', 'claims'])
    const text = await fileOf('text.json', 'no json')
    const config = await fileOf('token-guardian.json', { topology: 'vault' })
    const cases: readonly (readonly [args: readonly string[], why: string])[] = [
      [['--host', '0.0.0.0'], '--host'],
      [['somewhere'], 'somewhere'],
      [['--port', '0'], 'redirect URI'],
      [['--port', '65536', ...redirect], '65536'],
      [['--port', '4k', ...redirect], '4k'],
      [['--token-seconds', '-1', ...redirect], 'token-seconds'],
      [['--user', 'ada', ...redirect], '<name>=<file.json>'],
      [['--user', `ada=${list}`, ...redirect], 'an object of claims'],
      [['--user', `ada=${text}`, ...redirect], 'text.json is not JSON'],
      [['--user', `ada=${join(folder, 'missing.json')}`, ...redirect], 'cannot be read'],
      [['--config', config], 'config.clients'],
      [['--config', config, '--client-id', 'x'], '--client-id'],
    ]
    for (const [args, why] of cases) {
      const { code, complaint, printed } = await run(...args)
      expect([args, code, printed]).toEqual([args, 2, []])
      expect(complaint).toContain(why)
    }
  })

  test('ends with code 1 and says what helps, for a port that is taken', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const { code, complaint } = await run('--port', String(port), ...redirect)
    expect(code).toBe(1)
    expect(complaint).toContain('--port')
    await new Promise((resolve) => other.close(resolve))
  })
})
