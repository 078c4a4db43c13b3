import { beforeEach, describe, expect, test } from 'vitest'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP, ISSUER } from '../../e2e/unit/parsed-config.ts'
import { answerOwnPath as answer, ownPath } from './own-paths.ts'

let guardian: GuardianInTest

beforeEach(async () => {
  guardian = await guardianInTest()
})

/** A navigation as the worker sees it. Cannot be constructed otherwise. */
function navigation(url: string, init: RequestInit = {}, destination = 'document'): Request {
  const request = new Request(url.split('#')[0] ?? url, init)
  Object.defineProperties(request, {
    url: { value: url },
    mode: { value: 'navigate' },
    destination: { value: destination },
  })
  return request
}

/** The answer, once what goes on behind it is over too. */
async function answerOwnPath(
  core: GuardianInTest['core'],
  request: Request,
  kind: Parameters<typeof answer>[2],
): Promise<Response> {
  const response = await answer(core, request, kind, guardian.waitUntil)
  await guardian.settled()
  return response
}

const CALLBACK = `${APP}/auth/callback`

describe('ownPath', () => {
  test('takes navigations to the exact paths, and the probe of the login path', () => {
    const kind = (request: Request) => ownPath(guardian.core, request)
    expect(kind(navigation(`${CALLBACK}?code=x`))).toBe('callback')
    expect(kind(navigation(`${APP}/auth/login?request=x`))).toBe('login')
    expect(kind(navigation(`${APP}/`))).toBeUndefined()
    expect(kind(new Request(`${APP}/auth/login?probe`))).toBe('probe')
  })

  test('leaves a fetch by the page alone: it cannot deliver a response', () => {
    for (const url of [
      `${CALLBACK}?code=x&state=y`,
      `${APP}/auth/login?request=x`,
      `${APP}/auth/logout`,
    ]) {
      expect(ownPath(guardian.core, new Request(url))).toBeUndefined()
    }
    const post = new Request(`${APP}/auth/login?probe`, { method: 'POST' })
    expect(ownPath(guardian.core, post)).toBeUndefined()
  })
})

describe('answerOwnPath', () => {
  /** The answer to a response of the server: a redirect that keeps nothing of it. */
  function expectClean(response: Response, location: string): void {
    expect(response.status).toBe(303)
    expect(response.body).toBeNull()
    expect(Object.fromEntries(response.headers)).toEqual({
      location,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    })
    expect(new URL(location).hash.length).toBeGreaterThan(1)
  }

  test('finishes a sign-in and lands without a trace of the code', async () => {
    const parameters = guardian.server.authorize(await guardian.startSignIn({ returnTo: '/in' }))
    const request = navigation(`${CALLBACK}?${parameters}`)
    expectClean(await answerOwnPath(guardian.core, request, 'callback'), `${APP}/in#_`)
    expect(await guardian.stored()).toBeDefined()
  })

  test('reads a response from the body of a POST, up to a size', async () => {
    const clients = { issuer: ISSUER, clientId: 'app', responseMode: 'form_post' } as const
    guardian = await guardianInTest({ clients })
    const parameters = guardian.server.authorize(await guardian.startSignIn())
    const post = (body: URLSearchParams) =>
      answerOwnPath(guardian.core, navigation(CALLBACK, { method: 'POST', body }), 'callback')
    const huge = new URLSearchParams([...parameters, ['x', 'x'.repeat(70_000)]])
    expectClean(await post(huge), `${APP}/#_`)
    expect(await guardian.tokens.read('default')).toBeUndefined()
    expectClean(await post(parameters), `${APP}/#_`)
    expect(await guardian.stored()).toBeDefined()
  })

  test('eats the code of a flow that script started itself: no token request, no trace', async () => {
    for (const suffix of [
      '?code=evil&state=evil',
      '#code=evil&state=evil',
      '?error=x&state=evil',
      '',
      '#access_token=evil',
    ]) {
      const request = navigation(`${CALLBACK}${suffix}`)
      expectClean(await answerOwnPath(guardian.core, request, 'callback'), `${APP}/#_`)
    }
    expect(guardian.server.requests).toEqual([])
  })

  test.each(['iframe', 'frame', 'object', 'embed', ''])(
    'does nothing in a place of type %j',
    async (destination) => {
      const parameters = guardian.server.authorize(await guardian.startSignIn())
      const before = guardian.server.requests.length
      const request = navigation(`${CALLBACK}?${parameters}`, {}, destination)
      const response = await answerOwnPath(guardian.core, request, 'callback')
      expect(response.status).toBe(204)
      expect(response.headers.has('location')).toBe(false)
      expect(guardian.server.requests.length).toBe(before)
      expect(guardian.ledger.transactions.size).toBe(1)
    },
  )

  test('lands on the start page when something fails that nobody thought of', async () => {
    guardian.core.completion.finish = () => Promise.reject(new Error('defect'))
    const request = navigation(`${CALLBACK}?code=x&state=y`)
    expectClean(await answerOwnPath(guardian.core, request, 'callback'), `${APP}/#_`)
  })
})
