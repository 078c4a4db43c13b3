import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { smallConfig, vaultConfig } from '../../e2e/unit/parsed-config.ts'
import { tokenGuardian } from '../vite/token-guardian.ts'
import { bakeCommand } from './bake.ts'

let folder: string
const at = (...names: readonly string[]): string => join(folder, ...names)
const read = (...names: readonly string[]): Promise<string> => readFile(at(...names), 'utf8')

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bake-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function filesOf(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const paths = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  const contents = paths.map(async (path) => [
    path.slice(root.length),
    await readFile(path, 'utf8'),
  ])
  return Object.fromEntries(await Promise.all(contents)) as Record<string, string>
}

/** Bakes a configuration, or the text of one, into `app`. */
async function bake(config: unknown, ...options: readonly string[]) {
  const printed: string[] = []
  const complaints: string[] = []
  await writeFile(at('c.json'), typeof config === 'string' ? config : JSON.stringify(config))
  const code = await bakeCommand.run([at('c.json'), '--out', at('app'), ...options], {
    print: (line) => printed.push(line),
    complain: (line) => complaints.push(line),
  })
  return { code, printed: printed.join('\n'), complaints: complaints.join('\n') }
}

describe('bake', () => {
  test('puts the configuration into the worker, and says what to register', async () => {
    const { code, printed } = await bake(smallConfig)
    expect(code).toBe(0)
    expect((await readdir(at('app'))).toSorted()).toEqual(['guardian-sw.js', 'token-guardian.json'])
    const worker = await read('app', 'guardian-sw.js')
    expect(worker).toMatch(
      /^self\.__TOKEN_GUARDIAN_CONFIG__ = JSON\.parse\('.*https:\/\/as\.example/,
    )
    expect(worker).toContain('code_verifier')
    expect(worker).not.toMatch(/^\s*(import|export)\b/m)
    expect(JSON.parse(await read('app', 'token-guardian.json'))).toEqual(smallConfig)
    expect(printed).toContain("redirect URI              https://<the app's host>/auth/callback")
  })

  test('makes a small worker and a vault of the topology vault', async () => {
    const { code, printed } = await bake(vaultConfig)
    expect(code).toBe(0)
    expect(await read('app', 'guardian-sw.js')).not.toContain('code_verifier')
    expect(await readdir(at('app-vault'))).toEqual(
      expect.arrayContaining(['_headers', 'bridge.html', 'guardian-sw.js', 'vercel.json']),
    )
    expect(printed).toContain('redirect URI              https://vault.example/auth/callback')
  })

  test('leaves the configuration beside a worker that is the same for all', async () => {
    await bake(vaultConfig, '--beside', '--vault-out', at('v'))
    const worker = await read('app', 'guardian-sw.js')
    await rm(at('app', 'guardian-sw.js'))
    await bake(smallConfig, '--beside')
    expect(await read('app', 'guardian-sw.js')).toBe(worker)
    expect(worker).not.toContain('vault.example')
    expect(await read('app', 'token-guardian.config.js')).toContain('https://as.example')
  })

  test('writes only the configuration for a worker that is there, and the vault of it', async () => {
    await bake(vaultConfig, '--config-only')
    expect((await readdir(at('app'))).toSorted()).toEqual([
      'token-guardian.config.js',
      'token-guardian.json',
    ])
    expect(await readdir(at('app-vault'))).toContain('guardian-sw.js')
  })

  test('makes of a build for one environment the build for another', async () => {
    const other = { ...vaultConfig, vaultOrigin: 'https://vault.other.example' }
    await mkdir(at('src'))
    await writeFile(at('src', 'index.html'), '<!doctype html><title>App</title>')
    for (const [name, config] of [
      ['app', vaultConfig],
      ['other', other],
    ] as const) {
      await build({
        configFile: false,
        root: at('src'),
        logLevel: 'silent',
        plugins: [tokenGuardian(config, { worker: 'sw.js', configPlace: 'beside-worker' })],
        build: { outDir: at(name), emptyOutDir: true },
      })
    }
    expect(await filesOf(at('app'))).not.toEqual(await filesOf(at('other')))
    expect(await filesOf(at('app-vault'))).not.toEqual(await filesOf(at('other-vault')))
    expect((await bake(other, '--config-only')).code).toBe(0)
    expect(await filesOf(at('app'))).toEqual(await filesOf(at('other')))
    expect(await filesOf(at('app-vault'))).toEqual(await filesOf(at('other-vault')))
  })

  test('adds the page’s part as a module', async () => {
    await bake(smallConfig, '--client')
    expect(await read('app', 'token-guardian.js')).toMatch(/export\{.*as createAuthClient/)
  })

  test('writes nothing of a configuration that is wrong, and says what is', async () => {
    const { code, complaints } = await bake({
      ...vaultConfig,
      resources: [{ url: 'https://a.b/v1' }],
    })
    expect(code).toBe(1)
    expect(complaints).toContain("config.resources[0].url: must end in '/'")
    expect(await bake('{"topology":')).toMatchObject({ code: 1 })
    expect((await bake('{"topology":')).complaints).toContain('could not be read as JSON')
    expect(await readdir(folder)).toEqual(['c.json'])
  })

  test('empties no folder but a vault’s', async () => {
    await mkdir(at('app'))
    await writeFile(at('app', 'index.html'), '')
    for (const [vaultOut, exitCode] of [
      ['app', 2],
      ['.', 2],
      ['other', 1],
    ] as const) {
      await mkdir(at('other'), { recursive: true })
      await writeFile(at('other', 'mine.txt'), '')
      const { code, complaints } = await bake(vaultConfig, '--vault-out', at(vaultOut))
      expect(code).toBe(exitCode)
      expect(complaints).toContain('emptied')
    }
    expect(await readdir(at('app'))).toEqual(['index.html'])
    expect(await readdir(at('other'))).toEqual(['mine.txt'])
    // One of before is replaced.
    expect((await bake(vaultConfig)).code).toBe(0)
    expect((await bake(vaultConfig)).code).toBe(0)
  })

  test.each([
    [[]],
    [['a.json']],
    [['--out', 'x']],
    [['a.json', 'b.json', '--out', 'x']],
    [['a.json', '--out', 'x', '--nonsense']],
    [['a.json', '--out', 'x', '--beside', '--config-only']],
  ])('refuses %j with exit code 2', async (args) => {
    const complaints: string[] = []
    const output = { print: () => undefined, complain: (line: string) => complaints.push(line) }
    expect(await bakeCommand.run(args, output)).toBe(2)
    expect(complaints.join()).not.toBe('')
  })
})
