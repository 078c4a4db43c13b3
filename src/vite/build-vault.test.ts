import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { smallConfig, vaultConfig } from '../../e2e/unit/parsed-config.ts'
import { buildVault } from './build-vault.ts'

let parent: string
const folder = (name = 'vault'): string => join(parent, name)
const read = (name: string, of?: string): Promise<string> =>
  readFile(join(folder(of), name), 'utf8')

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'vault-'))
  await buildVault(vaultConfig, folder())
})
afterAll(() => rm(parent, { recursive: true, force: true }))

describe('buildVault', () => {
  test('writes the pages, the scripts and the files of the hosts, and nothing else', async () => {
    const files = await readdir(folder(), { recursive: true, withFileTypes: true })
    const names = files.filter((file) => file.isFile()).map(({ name }) => name)
    expect(names.toSorted()).toEqual([
      '.htaccess',
      '404.html',
      '_headers',
      'bridge.html',
      'bridge.js',
      'callback.html',
      'guardian-sw.js',
      'login.html',
      'logout.html',
      'popup.html',
      'popup.js',
      'recover.js',
      'vercel.json',
    ])
    const beside = await readdir(parent)
    expect(beside).toEqual(
      expect.arrayContaining(['vault', 'vault.Caddyfile', 'vault.nginx.conf']) as unknown,
    )
  })

  test('makes pages without inline script, style or anything of another host', async () => {
    for (const page of ['bridge.html', 'popup.html', '404.html', 'auth/login.html']) {
      const html = await read(page)
      expect(html).not.toMatch(
        /<script(?! src="\/[a-z]+\.js" defer><\/script>)|<style|style=|\son\w+=/,
      )
      expect(html).not.toContain('://')
    }
    expect(await read('bridge.html')).toMatch(/<body><\/body>/)
  })

  test('keeps the protocol out of what is loaded into the frame', async () => {
    const [bridge, worker] = await Promise.all([read('bridge.js'), read('guardian-sw.js')])
    expect(worker).toContain('code_verifier')
    expect(bridge).not.toContain('code_verifier')
    for (const script of [bridge, worker]) expect(script).not.toMatch(/^\s*(import|export)\b/m)
  })

  test('names the cache of the worker after the files in it', async () => {
    await buildVault({ ...vaultConfig, loginPath: '/auth/start' }, folder('other'))
    await buildVault(vaultConfig, folder('again'))
    const [one, other, again] = await Promise.all([
      read('guardian-sw.js'),
      read('guardian-sw.js', 'other'),
      read('guardian-sw.js', 'again'),
    ])
    expect(again).toBe(one)
    expect(other).not.toBe(one)
  })

  test('refuses a configuration without a vault', async () => {
    await expect(buildVault(smallConfig, folder('none'))).rejects.toThrow(TypeError)
  })
})
