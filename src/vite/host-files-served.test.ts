import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { headersAt, parseHeadersFile } from '../../e2e/servers/headers-file.ts'
import type { RunningServer } from '../../e2e/servers/running-server.ts'
import { startVaultServer } from '../../e2e/servers/vault-server.ts'
import { vaultPaths, vaultSite as site } from '../../e2e/unit/vault-site.ts'
import { hostFiles } from './host-files.ts'
import { vaultHeaders } from './vault-headers.ts'

const pages = ['/bridge.html', '/popup.html', '/404.html', '/auth/login.html']
const files = [...pages, '/auth/callback.html', '/bridge.js', '/guardian-sw.js']
let root = ''
let vault: RunningServer
let open: RunningServer

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vault-'))
  await mkdir(join(root, 'auth'))
  for (const file of files) await writeFile(join(root, file), `// ${file}`)
  for (const { name, place, content } of hostFiles(site)) {
    if (place === 'inside') await writeFile(join(root, name), content)
  }
  vault = await startVaultServer({ port: 0, root, callbackPaths: site.callbackPaths })
  const protections = { headers: false, workerGuard: false }
  open = await startVaultServer({ port: 0, root, protections })
})

afterAll(async () => {
  await Promise.all([vault.close(), open.close()])
  await rm(root, { recursive: true })
})

interface Answer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** Not `fetch`, which normalises paths and has no `Service-Worker` header. */
function ask(
  server: RunningServer,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { body, ...rest } = options
    const sent = request({ port: server.port, host: 'localhost', path, ...rest }, (response) => {
      let text = ''
      response.on('data', (part: Buffer) => (text += part.toString()))
      response.on('end', () => {
        const headers = response.headers as Record<string, string>
        resolve({ status: response.statusCode, headers, text })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function expectHeaders({ headers }: Answer, path: string): void {
  for (const [name, value] of Object.entries(vaultHeaders(site, path))) {
    expect(headers[name.toLowerCase()], `${name} of ${path}`).toBe(value)
  }
}

describe('the local host of a vault', () => {
  test('sends the headers of the deployed file, whatever there is at a path', async () => {
    for (const path of vaultPaths) {
      expectHeaders(await ask(vault, path), path)
      expectHeaders(await ask(vault, path, { method: 'HEAD' }), path)
    }
  })

  test('serves pages with and without .html, and its own page for what is missing', async () => {
    expect(await ask(vault, '/auth/callback?code=x')).toMatchObject({
      status: 200,
      text: '// /auth/callback.html',
      headers: { 'content-type': 'text/html; charset=utf-8' },
    })
    expect(await ask(vault, '/bridge')).toMatchObject({ status: 200, text: '// /bridge.html' })
    for (const path of ['/missing', '/', '/auth', '/auth/', '/_headers', '/vercel.json']) {
      expect(await ask(vault, path), path).toMatchObject({ status: 404, text: '// /404.html' })
    }
    expect(await ask(vault, '/../x')).toMatchObject({ status: 400 })
  })

  test('answers POST to a callback with the page, notes the code, and refuses it elsewhere', async () => {
    await vault.control.run({ do: 'reset' })
    const post = { method: 'POST', body: 'state=x&code=y' }
    const answer = await ask(vault, '/auth/callback', post)
    expect(answer).toMatchObject({ status: 200, text: '// /auth/callback.html' })
    expectHeaders(answer, '/auth/callback')
    expect(vault.control.report().log).toMatchObject([{ path: '/auth/callback', hadCode: true }])
    for (const path of ['/auth/login', '/bridge.html', '/missing']) {
      const refused = await ask(vault, path, post)
      expect(refused.status).toBe(405)
      expectHeaders(refused, path)
    }
  })

  test('refuses every worker script but the guardian', async () => {
    const headers = { 'Service-Worker': 'script' }
    expect(await ask(vault, '/guardian-sw.js', { headers })).toMatchObject({ status: 200 })
    for (const path of ['/bridge.js', '/missing.js', '/auth/callback', '/guardian-sw.js.map']) {
      const refused = await ask(vault, path, { headers })
      expect(refused.status, path).toBe(403)
      expectHeaders(refused, path)
    }
  })

  test('keeps its policy on what cannot be parsed', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      let received = ''
      const socket = connect(vault.port, 'localhost', () => socket.write('NOT HTTP\r\n\r\n'))
      socket.on('data', (part: Buffer) => (received += part.toString()))
      socket.on('error', reject)
      socket.on('end', () => resolve(received))
    })
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(text).toContain("frame-ancestors 'none'")
    expect(text.match(/cache-control/gi)).toHaveLength(1)
  })

  test('without protections has no headers and serves any worker script', async () => {
    const answer = await ask(open, '/bridge.js', { headers: { 'Service-Worker': 'script' } })
    expect(answer.status).toBe(200)
    for (const name of Object.keys(vaultHeaders(site, '/bridge.html'))) {
      expect(Object.keys(answer.headers)).not.toContain(name.toLowerCase())
    }
  })

  test('does not start without the file', async () => {
    const started = startVaultServer({ port: 0, root: join(root, 'auth') })
    await expect(started).rejects.toThrow('ENOENT')
  })
})

describe('reading of _headers', () => {
  test('joins what two rules say, unless the later one takes it back first', () => {
    const rules = parseHeadersFile('# c\n/*\n  A: 1\n  B: 1\n/x\n  ! a\n  A: 2\n  B: 2\n')
    expect(headersAt(rules, '/x')).toEqual({ a: '2', b: '1, 2' })
    expect(headersAt(rules, '/y')).toEqual({ a: '1', b: '1' })
  })

  test.each([
    'A: 1',
    '/x\n  A',
    '/x\n  A:',
    '/x\n  A: 1\n  a: 2',
    '/*/x\n  A: 1',
    '/x\n  A: 1\n/x\n  B: 2',
    `/x\n  A: ${'x'.repeat(2000)}`,
  ])('does not guess at %j', (text) => {
    expect(() => parseHeadersFile(text)).toThrow(SyntaxError)
  })
})
