import { beforeEach, describe, expect, test } from 'vitest'
import { deferred } from '../../e2e/unit/deferred.ts'
import { expectFailure, expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { MARK, json, offline } from '../../e2e/unit/fake-server.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { API, APP, ISSUER } from '../../e2e/unit/parsed-config.ts'
import type { ParsedResource } from '../../src/contract/config.ts'
import type { AuthErrorCode } from '../../src/contract/errors.ts'
import type { Errand } from './token-store.ts'
import type { Delivery } from './sign-in-completion.ts'

const REDIRECT_URI = `${APP}/auth/callback`

let guardian: GuardianInTest

beforeEach(async () => {
  guardian = await guardianInTest()
})

/** The answer to the navigation, once the exchange behind it is over too. */
const finish = async (
  parameters: URLSearchParams,
  change: Partial<Delivery> = {},
): Promise<string> => {
  const delivery = { parameters, mode: 'query', redirectUri: REDIRECT_URI, ...change } as const
  const work: Promise<unknown>[] = []
  const url = await guardian.core.completion.finish(delivery, (part) => void work.push(part))
  await Promise.all(work)
  return url
}
const requestId = (path: string): string => new URL(path, APP).searchParams.get('request') ?? ''
const landing = () => guardian.ledger.takeLanding(guardian.surroundings.wire.now())
const exchanges = (): number => guardian.server.count('token', 'authorization_code')

/** Nobody is signed in, the page gets this code where it lands, and so does every other page. */
async function expectRefused(code: AuthErrorCode): Promise<void> {
  expect(await guardian.tokens.read('default')).toBeUndefined()
  expect(await guardian.core.sessions.session('default')).toEqual({ status: 'signed-out' })
  const landed = await landing()
  expect(landed).toMatchObject({ error: { code } })
  expectNoSecret(landed)
  expect(guardian.events.at(-1)).toMatchObject({ type: 'error', error: { code } })
  expectNoSecret(guardian.events)
}

describe('begin', () => {
  test('gives out a path of the guardian with a random id and nothing else', async () => {
    const path = await guardian.core.signIn.begin('default', { returnTo: '/orders' })
    expect(path).toMatch(/^\/auth\/login\?request=[0-9a-f-]{36}$/)
    expect([...guardian.ledger.errands.values()]).toMatchObject([
      { value: { kind: 'login', client: 'default', returnTo: `${APP}/orders#_` } },
    ])
    expect(guardian.ledger.transactions.size).toBe(0)
  })

  test.each(['https://evil.example/', '//evil.example', 'javascript:alert(1)', '/auth/callback'])(
    'refuses to come back to %s, before any request',
    async (returnTo) => {
      await expectFailure(guardian.core.signIn.begin('default', { returnTo }), 'invalid-return-to')
      expect(guardian.server.requests).toEqual([])
    },
  )

  test('refuses an unknown client', async () => {
    await expectFailure(guardian.core.signIn.begin('other', {}), 'unknown-client')
    await expectFailure(guardian.core.signIn.begin('__proto__', {}), 'unknown-client')
  })

  test('takes only parameters that the configuration allows, and never a reserved one', async () => {
    guardian = await guardianInTest({
      clients: { issuer: ISSUER, clientId: 'app', allowedLoginParams: ['audience'] },
    })
    const begin = (authorizationParams: Record<string, string>) =>
      guardian.core.signIn.begin('default', { authorizationParams })
    await begin({ audience: 'x' })
    for (const name of [
      'resource',
      'Audience',
      'client_id',
      'redirect_uri',
      'scope',
      'request',
      '__proto__',
    ]) {
      await expectFailure(begin({ audience: 'x', [name]: 'x' }), 'parameter-not-allowed')
    }
  })

  test('says at once when the metadata cannot be used', async () => {
    guardian.server.answer('openid-configuration', offline)
    await expectFailure(guardian.core.signIn.begin('default', {}), 'metadata-unreachable')
    guardian.server.answer('openid-configuration', () => json({ issuer: 'https://evil.example' }))
    await expectFailure(guardian.core.signIn.begin('default', {}), 'metadata-invalid')
    expect(guardian.ledger.errands.size).toBe(0)
  })
})

describe('start', () => {
  test('sends the browser to the authorization server and stores the transaction sealed', async () => {
    const url = await guardian.startSignIn()
    expect(url.startsWith(`${ISSUER}/authorize?`)).toBe(true)
    const asked = new URL(url).searchParams
    expect(asked.get('redirect_uri')).toBe(REDIRECT_URI)
    const [[id, row] = []] = [...guardian.ledger.transactions]
    if (row === undefined) throw new Error('There is no transaction')
    const stored = Buffer.from(row.value.sealed).toString('latin1')
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(stored).not.toContain(asked.get(name))
      expect(id).not.toContain(asked.get(name))
    }
    expect(stored).not.toContain('verifier')
  })

  test('may run again after a reload, with other secrets', async () => {
    const id = requestId(await guardian.core.signIn.begin('default', {}))
    const states = [await guardian.core.signIn.start(id), await guardian.core.signIn.start(id)].map(
      (url) => new URL(url).searchParams.get('state'),
    )
    expect(new Set(states).size).toBe(2)
  })

  test.each(['', 'x', '__proto__', crypto.randomUUID()])(
    'lands on the start page for the id %j',
    async (id) => {
      expect(await guardian.core.signIn.start(id)).toBe(`${APP}/#_`)
      await expectRefused('unknown-state')
    },
  )

  test('lands on the start page when the errand has expired', async () => {
    const path = await guardian.core.signIn.begin('default', {})
    guardian.pass(120)
    expect(await guardian.core.signIn.start(requestId(path))).toBe(`${APP}/#_`)
    await expectRefused('unknown-state')
  })

  /** Script of the same origin can write to the storage between the two steps. */
  async function startTampered(change: Partial<Errand>): Promise<string> {
    const id = requestId(await guardian.core.signIn.begin('default', { returnTo: '/orders' }))
    const row = guardian.ledger.errands.get(id)
    if (row) guardian.ledger.errands.set(id, { ...row, value: { ...row.value, ...change } })
    return guardian.core.signIn.start(id)
  }

  test.each([
    [
      'a reserved parameter',
      { authorizationParams: { redirect_uri: 'https://evil.example/' } },
      'parameter-not-allowed',
    ],
    [
      'a parameter that is not allowed',
      { authorizationParams: { scope: 'admin' } },
      'parameter-not-allowed',
    ],
    ['an unknown field', { scope: 'admin' }, 'unknown-state'],
    ['a list', [], 'unknown-state'],
    ['a text', 'x', 'unknown-state'],
  ] as const)(
    'does not go to the server with parameters that were changed to %s',
    async (_what, parameters, code) => {
      expect(await startTampered({ parameters: structuredClone(parameters) as never })).toBe(
        `${APP}/orders#_`,
      )
      await expectRefused(code)
    },
  )

  test('does not land elsewhere when returnTo was changed', async () => {
    for (const returnTo of ['https://evil.example/', 'javascript:alert(1)', '//evil.example']) {
      const url = await startTampered({ returnTo })
      const parameters = guardian.server.authorize(url)
      expect(await finish(parameters)).toBe(`${APP}/#_`)
    }
  })

  test('lands with an error when the client was changed to one that is not configured', async () => {
    expect(await startTampered({ client: 'other' })).toBe(`${APP}/orders#_`)
    await expectRefused('unknown-client')
  })

  test('does not start a sign-in for the errand of a logout', async () => {
    expect(await startTampered({ kind: 'logout' })).toBe(`${APP}/#_`)
    await expectRefused('unknown-state')
  })
})

describe('finish', () => {
  test('signs in, and lands where the page wanted', async () => {
    expect(await guardian.signIn({ returnTo: '/orders#top', appState: { a: 1 } })).toBe(
      `${APP}/orders#top`,
    )
    expect(await guardian.core.sessions.session('default')).toMatchObject({
      status: 'signed-in',
      user: { sub: 'user-1' },
      appState: { a: 1 },
    })
    expect(await landing()).toEqual({ client: 'default' })
    expectNoSecret(guardian.events)
  })

  test('works in another life of the worker than the start', async () => {
    const url = await guardian.startSignIn()
    guardian.restart()
    await finish(guardian.server.authorize(url))
    expect(await guardian.stored()).toBeDefined()
  })

  test('completes two sign-ins that were started side by side', async () => {
    const urls = [
      await guardian.startSignIn({ returnTo: '/a' }),
      await guardian.startSignIn({ returnTo: '/b' }),
    ]
    const [a, b] = urls.map((url) => guardian.server.authorize(url)) as [
      URLSearchParams,
      URLSearchParams,
    ]
    expect(await finish(b)).toBe(`${APP}/b#_`)
    expect(await finish(a)).toBe(`${APP}/a#_`)
    expect(exchanges()).toBe(2)
  })

  test.each([
    ['no state', (parameters: URLSearchParams) => parameters.delete('state')],
    ['an empty state', (parameters: URLSearchParams) => parameters.set('state', '')],
    ['another state', (parameters: URLSearchParams) => parameters.set('state', 'x'.repeat(43))],
    [
      'the state twice',
      (parameters: URLSearchParams) => parameters.append('state', parameters.get('state') ?? ''),
    ],
    ['two states', (parameters: URLSearchParams) => parameters.append('state', 'x')],
  ])('refuses a response with %s without a request', async (_what, change) => {
    const parameters = guardian.server.authorize(await guardian.startSignIn())
    const before = guardian.server.requests.length
    change(parameters)
    expect(await finish(parameters)).toBe(`${APP}/#_`)
    expect(guardian.server.requests.length).toBe(before)
    await expectRefused('unknown-state')
  })

  test('refuses the second delivery of a good response, and keeps the session', async () => {
    const parameters = guardian.server.authorize(await guardian.startSignIn())
    await finish(parameters)
    const session = await guardian.stored()
    expect(await landing()).toEqual({ client: 'default' })
    await finish(parameters)
    expect(await landing()).toMatchObject({ error: { code: 'unknown-state' } })
    expect(exchanges()).toBe(1)
    expect(await guardian.stored()).toBe(session)
  })

  test('exchanges a code once when a response is delivered 20 times at once', async () => {
    const parameters = guardian.server.authorize(await guardian.startSignIn())
    await Promise.all(Array.from({ length: 20 }, () => finish(parameters)))
    expect(exchanges()).toBe(1)
    expect(await guardian.stored()).toBeDefined()
  })

  test('refuses a response that comes too late', async () => {
    const parameters = guardian.server.authorize(await guardian.startSignIn())
    guardian.pass(3600)
    await finish(parameters)
    expect(exchanges()).toBe(0)
    await expectRefused('unknown-state')
  })

  test('accepts a response shortly before that, as from a link in a mail', async () => {
    const parameters = guardian.server.authorize(await guardian.startSignIn())
    guardian.pass(3599)
    await finish(parameters)
    expect(await guardian.stored()).toBeDefined()
  })

  test.each<[string, Partial<Delivery>]>([
    ['at another redirect URI', { redirectUri: `${APP}/other` }],
    ['at the same path of another origin', { redirectUri: 'https://evil.example/auth/callback' }],
    ['in the fragment', { mode: 'fragment' }],
    ['by POST', { mode: 'form_post' }],
  ])('refuses a response that comes %s', async (_what, change) => {
    const parameters = guardian.server.authorize(await guardian.startSignIn())
    const before = guardian.server.requests.length
    await finish(parameters, change)
    expect(guardian.server.requests.length).toBe(before)
    await expectRefused('invalid-response')
  })

  test.each(['fragment', 'form_post'] as const)(
    'signs in by response_mode %s where it is configured',
    async (mode) => {
      guardian = await guardianInTest({
        clients: { issuer: ISSUER, clientId: 'app', responseMode: mode },
      })
      const url = await guardian.startSignIn()
      expect(new URL(url).searchParams.get('response_mode')).toBe(mode)
      await finish(guardian.server.authorize(url), { mode })
      expect(await guardian.stored()).toBeDefined()
    },
  )

  test.each([
    [
      'a wrong issuer',
      (parameters: URLSearchParams) => parameters.set('iss', 'https://evil.example'),
    ],
    [
      'no issuer although one was promised',
      (parameters: URLSearchParams) => parameters.delete('iss'),
    ],
    [
      'a wrong issuer in an error',
      (parameters: URLSearchParams) => {
        parameters.delete('code')
        parameters.set('error', 'access_denied')
        parameters.set('iss', 'https://evil.example')
      },
    ],
  ])(
    'refuses a response with %s before any request, also in a new life of the worker',
    async (_what, change) => {
      const parameters = guardian.server.authorize(await guardian.startSignIn())
      change(parameters)
      guardian.restart()
      guardian.server.requests.length = 0
      await finish(parameters)
      expect(guardian.server.requests).toEqual([])
      await expectRefused('issuer-mismatch')
    },
  )

  test('keeps two servers that share a redirect URI apart', async () => {
    const clients = {
      one: { issuer: ISSUER, clientId: 'app' },
      two: { issuer: 'https://as2.example', clientId: 'app' },
    }
    guardian = await guardianInTest({ clients, resources: [] })
    const id = requestId(await guardian.core.signIn.begin('one', {}))
    const parameters = guardian.server.authorize(await guardian.core.signIn.start(id))
    parameters.set('iss', 'https://as2.example')
    guardian.server.requests.length = 0
    await finish(parameters)
    expect(guardian.server.requests).toEqual([])
    expect(await landing()).toMatchObject({ error: { code: 'issuer-mismatch' } })
  })

  test.each([
    ['access_denied', 'access-denied'],
    ['login_required', 'login-required'],
    ['server_error', 'authorization-failed'],
  ] as const)('reports %s and forgets the transaction', async (oauthError, code) => {
    const { state, iss } = Object.fromEntries(
      guardian.server.authorize(await guardian.startSignIn()),
    ) as Record<string, string>
    const response = {
      error: oauthError,
      error_description: `<b>${MARK}`,
      state: state ?? '',
      iss: iss ?? '',
    }
    await finish(new URLSearchParams(response))
    expect(guardian.ledger.transactions.size).toBe(0)
    expect(exchanges()).toBe(0)
    await expectRefused(code)
  })

  test.each<[string, () => Response | Promise<Response>, AuthErrorCode]>([
    ['the server refuses it', () => json({ error: 'invalid_grant' }, 400), 'exchange-refused'],
    ['the server answers 503', () => new Response('', { status: 503 }), 'exchange-unreachable'],
    ['the network is gone', offline, 'exchange-unreachable'],
    [
      'the answer is cut off',
      () => new Response('{', { headers: { 'content-type': 'application/json' } }),
      'invalid-token-response',
    ],
  ])('never sends a code twice when %s', async (_what, answer, code) => {
    const parameters = guardian.server.authorize(await guardian.startSignIn())
    guardian.server.answer('token', answer)
    await finish(parameters)
    await expectRefused(code)
    guardian.server.answer('token')
    await finish(parameters)
    expect(exchanges()).toBe(1)
    await expectRefused('unknown-state')
  })

  test.each<[string, Record<string, unknown>, AuthErrorCode]>([
    ['another nonce', { nonce: 'other' }, 'id-token-nonce'],
    ['another audience', { aud: 'other' }, 'id-token-audience'],
    ['another issuer', { iss: 'https://evil.example' }, 'id-token-issuer'],
    ['an exp in the past', { exp: 1 }, 'id-token-time'],
  ])('stores nothing when the ID Token has %s', async (_what, claims, code) => {
    guardian.server.claims = claims
    await guardian.signIn()
    await expectRefused(code)
  })

  test('refuses a code of one sign-in in the response to another', async () => {
    const [mine, other] = [
      guardian.server.authorize(await guardian.startSignIn()),
      guardian.server.authorize(await guardian.startSignIn()),
    ]
    mine.set('code', other.get('code') ?? '')
    await finish(mine)
    await expectRefused('id-token-nonce')
  })

  test('leaves the session that there was when another sign-in is refused', async () => {
    await guardian.signIn()
    expect((await landing())?.error).toBeUndefined()
    const session = await guardian.stored()
    guardian.server.claims = { sub: 'user-2', aud: 'other' }
    await guardian.signIn()
    expect(await landing()).toMatchObject({ error: { code: 'id-token-audience' } })
    expect(await guardian.stored()).toBe(session)
  })

  test('lets nobody use the tokens before every check has passed', async () => {
    const asked = deferred()
    const answered = deferred()
    guardian.server.answer('jwks', async () => {
      asked.resolve()
      await answered.promise
      return json({ keys: [guardian.server.key.jwk] })
    })
    const finished = finish(guardian.server.authorize(await guardian.startSignIn()))
    await asked.promise
    expect(await guardian.tokens.read('default')).toBeUndefined()
    expect(await guardian.core.sessions.session('default')).toEqual({ status: 'signed-out' })
    const bearers: (string | null)[] = []
    await guardian.core.apiRequests.answer({
      request: new Request(`${API}me`),
      resource: guardian.surroundings.config.resources[0] as ParsedResource,
      fetch: async ({ headers }) => {
        bearers.push(headers.get('authorization'))
        return new Response('ok')
      },
      waitUntil: guardian.waitUntil,
    })
    expect(bearers).toEqual([null])
    answered.resolve()
    await finished
    expect(await guardian.stored()).toBeDefined()
  })

  test('leaves word that it was interrupted when the worker dies in the middle', async () => {
    const asked = deferred()
    guardian.server.answer('token', () => {
      asked.resolve()
      return new Promise<never>(() => undefined)
    })
    void finish(guardian.server.authorize(await guardian.startSignIn()))
    await asked.promise
    guardian.restart()
    expect(await landing()).toMatchObject({ error: { code: 'sign-in-interrupted' } })
    expect(await guardian.core.sessions.session('default')).toEqual({ status: 'signed-out' })
  })

  test('is pending before the transaction is taken, for with that goes the word that it was interrupted', async () => {
    const parameters = guardian.server.authorize(await guardian.startSignIn())
    const { ledger, core } = guardian
    const take = ledger.takeTransaction.bind(ledger)
    const pending: boolean[] = []
    ledger.takeTransaction = (...given) => {
      pending.push(core.completion.isCompleting)
      return take(...given)
    }
    await finish(parameters)
    expect(pending).toEqual([true])
    expect(core.completion.isCompleting).toBe(false)
  })

  test('does not accept a transaction that script put into the storage', async () => {
    const parameters = guardian.server.authorize(await guardian.startSignIn())
    const [[id, row] = []] = [...guardian.ledger.transactions]
    if (id === undefined || row === undefined) throw new Error('There is no transaction')
    const sealed = new TextEncoder().encode(
      JSON.stringify({ client: 'default', verifier: 'known', redirectUri: REDIRECT_URI }),
    ).buffer as ArrayBuffer
    guardian.ledger.transactions.set(id, { ...row, value: { ...row.value, sealed } })
    await finish(parameters)
    expect(exchanges()).toBe(0)
    await expectRefused('unknown-state')
  })

  test('lands safely when the storage does not work', async () => {
    const parameters = guardian.server.authorize(await guardian.startSignIn())
    guardian.ledger.takeTransaction = () => Promise.reject(new Error(MARK))
    guardian.ledger.putLanding = () => Promise.reject(new Error(MARK))
    expect(await finish(parameters)).toBe(`${APP}/#_`)
    expect(exchanges()).toBe(0)
    expectNoSecret(guardian.events)
  })
})
