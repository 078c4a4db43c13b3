import { describe, expect, test } from 'vitest'
import { smallConfig, vaultConfig } from '../../e2e/unit/parsed-config.ts'
import { tokenGuardian } from './token-guardian.ts'

type Middleware = (request: { url?: string }, response: object, next: () => void) => void

/** What the dev server's middleware answers: status and headers, or that it passed the request on. */
function ask(url: string | undefined): unknown {
  let middleware: Middleware | undefined
  const server = {
    config: { base: '/' },
    middlewares: { use: (added: Middleware) => (middleware = added) },
  }
  for (const plugin of tokenGuardian(smallConfig)) {
    const hook = plugin.configureServer
    if (typeof hook === 'function') (hook as (on: unknown) => void)(server)
  }
  let answer: unknown = 'nothing'
  const response = {
    writeHead: (status: number, headers: object) => {
      answer = { status, ...headers }
      return { end: () => undefined }
    },
  }
  middleware?.(url === undefined ? {} : { url }, response, () => {
    answer = 'passed on'
  })
  return answer
}

describe('the Vite plugin', () => {
  test('refuses a wrong configuration at build time', () => {
    const wrong = { ...smallConfig, resources: [{ url: 'https://api.example/v1' }] }
    expect(() => tokenGuardian(wrong)).toThrow(TypeError)
    expect(() => tokenGuardian(wrong)).toThrow('config.resources[0].url')
  })

  test.each([
    '/auth/callback?code=x&state=y',
    '/auth/callback',
    '/auth/login?request=x',
    '/auth/logout',
  ])('answers %s with a redirect that keeps nothing of it', (url) => {
    expect(ask(url)).toEqual({
      status: 303,
      location: '/#_',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
  })

  test.each(['/', '/auth/callback/x', '/auth/callbackx', '/?/auth/callback', undefined])(
    'leaves %s to the app',
    (url) => {
      expect(ask(url)).toBe('passed on')
    },
  )

  test.each(['/guardian-sw.js', '../sw.js', 'sw', 'a//sw.js', 'sw.js?x'])(
    'refuses %s as the path of the worker, and says what to write',
    (worker) => {
      expect(() => tokenGuardian(smallConfig, { worker })).toThrow(`'guardian-sw.js'`)
    },
  )

  test('has the timeline of the development panel on in the dev server, and in a build only where it is asked for', () => {
    const baked = (config = smallConfig): { readonly dev: string; readonly built: string } => {
      const of = (name: string): unknown => {
        const plugin = tokenGuardian(config).find((one) => one.name === `token-guardian:${name}`)
        return name === 'config' ? plugin?.config : plugin?.transform
      }
      const define = (of('config') as () => object)()
      const transform = of('dev-config') as (code: string) => { readonly code: string }
      return {
        dev: transform('install(self, __TOKEN_GUARDIAN_CONFIG__)').code,
        built: JSON.stringify(define),
      }
    }
    expect(baked().dev).toContain('"developmentPanel":true')
    expect(baked().built).not.toContain('developmentPanel')
    const off = baked({ ...smallConfig, developmentPanel: false })
    expect(off.dev).toContain('"developmentPanel":false')
    const asked = baked({ ...smallConfig, developmentPanel: true })
    expect(asked.built).toContain('developmentPanel')
  })

  test('says with a vault what to register, to the letter', () => {
    const said: string[] = []
    const clients = {
      one: { issuer: 'https://one.example', clientId: 'a', redirectPath: '/auth/one' },
      two: { issuer: 'https://two.example/', clientId: 'b' },
    }
    const resources = [{ url: 'https://api.example/v1/', client: 'one' }]
    const plugins = tokenGuardian({ ...vaultConfig, clients, resources })
    const logger = { info: (text: string) => void said.push(text) }
    for (const { name, configResolved: hook } of plugins) {
      if (name !== 'token-guardian:what-to-register' || typeof hook !== 'function') continue
      ;(hook as (config: unknown) => void)({ logger })
    }
    expect(said.join('\n').split('\n')).toEqual([
      "token-guardian: register at https://one.example, for the public client 'a':",
      '  redirect URI              https://vault.example/auth/one',
      '  post-logout redirect URI  https://vault.example/auth/logout',
      '  origin for CORS           https://vault.example',
      "token-guardian: register at https://two.example/, for the public client 'b':",
      '  redirect URI              https://vault.example/auth/callback',
      '  post-logout redirect URI  https://vault.example/auth/logout',
      '  origin for CORS           https://vault.example',
    ])
  })
})
