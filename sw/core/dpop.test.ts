import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  boundGuardianInTest,
  type BoundGuardian,
  type SentProof,
} from '../../e2e/unit/bound-guardian-in-test.ts'
import { decodeJws } from '../../src/testing/server/jws.ts'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { guardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP } from '../../e2e/unit/parsed-config.ts'
import type { Json } from '../../src/contract/session.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import { makeSealableProofKey } from '../protocol/proof-key.ts'
import { sealTransaction, transactionId } from './sealed-transactions.ts'

let bound: BoundGuardian

beforeEach(async () => {
  bound = await boundGuardianInTest()
})
afterEach(() => bound.close())

const session = () => bound.guardian.core.sessions.session('default')
const statuses = (sent: readonly SentProof[]): number[] => sent.map(({ status }) => status)
const refresh = async (): Promise<unknown> =>
  bound.guardian.core.refresher.refresh('default', await bound.guardian.stored())
const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url')
const thumbprints = (sent: readonly SentProof[]): Set<string> =>
  new Set(
    sent.map(({ header }) => {
      const { crv, kty, x, y } = header['jwk'] as JsonWebKey
      return sha256(JSON.stringify({ crv, kty, x, y }))
    }),
  )
const nonces = (sent: readonly SentProof[]): unknown[] =>
  sent.map(({ payload }) => payload['nonce'])

/** What the server answers, with some headers other than they were. */
async function withHeaders(
  response: Response,
  change: Record<string, string | null>,
): Promise<Response> {
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(change)) {
    if (value === null) headers.delete(name)
    else headers.set(name, value)
  }
  return new Response(await response.blob(), { status: response.status, headers })
}

// Threat model, statement 34.
describe('a proof', () => {
  test('binds the tokens of a sign-in to one key, which the authorization request, the exchange, the refresh and the API see', async () => {
    const url = await bound.beginSignIn()
    await bound.finishSignIn(url)
    expect(await session()).toMatchObject({ status: 'signed-in' })
    expect((await bound.call()).status).toBe(200)
    await refresh()
    expect((await bound.call()).status).toBe(200)
    const sent = [...bound.tokenRequests, ...bound.apiRequests]
    expect(statuses(sent)).toEqual([200, 200, 200, 200])
    expect(thumbprints(sent)).toEqual(new Set([new URL(url).searchParams.get('dpop_jkt')]))
  })

  test('is for one method and one URL without query and fragment, for one token, and used once', async () => {
    await bound.signIn()
    await bound.call('me?page=2&token=x#part')
    await bound.call('echo-body?x', { method: 'POST', body: 'y' })
    const [exchange, ...more] = bound.tokenRequests
    const [get, post] = bound.apiRequests
    expect(more).toEqual([])
    const { tokens } = await bound.guardian.stored()
    const ath = sha256(tokens.accessToken.reveal())
    const api = bound.api.origin
    expect(exchange?.payload).toMatchObject({ htm: 'POST', htu: `${bound.as.origin}/token` })
    expect(exchange?.payload).not.toHaveProperty('ath')
    expect(get?.payload).toMatchObject({ htm: 'GET', htu: `${api}/v1/me`, ath })
    expect(post?.payload).toMatchObject({ htm: 'POST', htu: `${api}/v1/echo-body`, ath })
    expect(get?.authorization).toBe(`DPoP ${tokens.accessToken.reveal()}`)
    for (const proof of [exchange, get, post]) {
      expect(proof?.header).toMatchObject({ typ: 'dpop+jwt', alg: 'ES256' })
      expect(Object.keys(proof?.header['jwk'] ?? {}).toSorted()).toEqual(['crv', 'kty', 'x', 'y'])
      expect(Math.abs(Number(proof?.payload['iat']) - Date.now() / 1000)).toBeLessThan(10)
    }
    expect(new Set([exchange, get, post].map((proof) => proof?.payload['jti'])).size).toBe(3)
  })

  test('is made for the guardian’s own request only: what the page sets is removed', async () => {
    await bound.signIn()
    await bound.call('me', { headers: { dpop: 'mine', authorization: 'DPoP mine', 'x-own': '1' } })
    expect(statuses(bound.apiRequests)).toEqual([200])
  })

  test('goes to no other URL: a redirect is not followed, and its answer is withheld', async () => {
    await bound.signIn()
    const seen: RequestRedirect[] = []
    const answer = (redirect: RequestRedirect): Promise<Response> =>
      bound.guardian.core.apiRequests.answer({
        request: new Request(`${bound.api.origin}/v1/redirect`, { redirect }),
        resource: bound.resource,
        fetch: async (request) => {
          seen.push(request.redirect)
          // What a browser's `fetch` gives for a redirect that it was told not to follow.
          return Object.defineProperty(new Response(), 'type', { value: 'opaqueredirect' })
        },
        waitUntil: bound.guardian.waitUntil,
      })
    expect((await answer('follow')).type).toBe('error')
    expect(bound.codes()).toEqual(['redirect-blocked'])
    expect((await answer('manual')).type).toBe('opaqueredirect')
    await answer('error')
    expect(seen).toEqual(['manual', 'manual', 'error'])
    expect(bound.codes()).toHaveLength(1)
  })

  test('is made with a key that nobody can export, and no message can carry', async () => {
    await bound.signIn()
    const { proofKey } = (await bound.guardian.stored()).tokens
    expect(proofKey?.reveal().privateKey.extractable).toBe(false)
    expect(structuredClone(proofKey)).toEqual({})
    expect(JSON.stringify(proofKey)).toBe('{}')
  })

  test('is made with another key in every sign-in', async () => {
    await bound.signIn()
    await bound.signIn()
    expect(thumbprints(bound.tokenRequests).size).toBe(2)
  })
})

describe('while a sign-in waits', () => {
  test('its key survives the worker', async () => {
    const url = await bound.beginSignIn()
    bound.guardian.restart()
    await bound.finishSignIn(url)
    expect(await session()).toMatchObject({ status: 'signed-in' })
    expect(thumbprints(bound.tokenRequests)).toEqual(
      new Set([new URL(url).searchParams.get('dpop_jkt')]),
    )
  })

  test('its key is nowhere but in what is sealed: no handle that script of the same origin could use', async () => {
    await bound.beginSignIn()
    const { transactions, errands } = bound.guardian.ledger
    expect(transactions.size).toBe(1)
    for (const { value } of transactions.values()) {
      expect(Object.keys(value).toSorted()).toEqual(['iv', 'sealed'])
    }
    for (const { value } of errands.values()) expect(value).not.toHaveProperty('proofKey')
  })

  /** Seals a transaction as script of the same origin can, and lets its response come back. */
  async function answerOwnTransaction(proofJwk: Json | undefined): Promise<void> {
    const { guardian, as } = bound
    const state = 'chosen-by-script'
    const redirectUri = `${APP}/auth/callback`
    const transaction = {
      client: 'default',
      redirectUri,
      returnTo: `${APP}/#_`,
      issuerPromised: true,
      verifier: 'v'.repeat(43),
      ...(proofJwk === undefined ? {} : { proofJwk }),
    }
    await guardian.ledger.putTransaction(
      await transactionId(state),
      await sealTransaction(state, transaction),
      epochSeconds(Date.now() / 1000 + 60),
    )
    const parameters = new URLSearchParams({ code: 'c', state, iss: as.origin })
    const delivery = { parameters, mode: 'query', redirectUri } as const
    await guardian.core.completion.finish(delivery, guardian.waitUntil)
    await guardian.settled()
  }

  test.each([undefined, { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', d: 'AA' }, 'text'])(
    'a transaction that script of the same origin made without a key, or with a broken one, gets no bearer token (%#)',
    async (proofJwk) => {
      await answerOwnTransaction(proofJwk)
      expect(bound.codes()).toEqual(['unknown-state'])
      expect(bound.tokenRequests).toEqual([])
    },
  )

  test('a transaction that script made with a key binds nothing where the configuration says never', async () => {
    await bound.close()
    bound = await boundGuardianInTest({ dpop: 'never' })
    await answerOwnTransaction((await makeSealableProofKey()).jwk)
    expect(bound.tokenRequests.map(({ header }) => header)).toEqual([{}])
  })
})

// Threat model, statement 35.
describe('a nonce', () => {
  const demand = async (): Promise<void> => {
    await bound.as.control.run({ do: 'dpop', nonce: true })
    await bound.api.control.run({ do: 'dpop', nonce: true })
  }

  test('that a server wants is put into one more request; each server has its own', async () => {
    await demand()
    await bound.signIn()
    expect((await bound.call()).status).toBe(200)
    expect(statuses(bound.tokenRequests)).toEqual([400, 200])
    expect(statuses(bound.apiRequests)).toEqual([401, 200])
    const [none, ofServer] = nonces(bound.tokenRequests)
    const [noneAgain, ofApi] = nonces(bound.apiRequests)
    expect([none, noneAgain]).toEqual([undefined, undefined])
    expect(ofApi).not.toBe(ofServer)
    expect(new Set(bound.tokenRequests.map(({ body }) => body)).size).toBe(1)
  })

  test('is used from then on, with one request each', async () => {
    await demand()
    await bound.signIn()
    await bound.call()
    await refresh()
    await bound.call()
    expect(statuses(bound.tokenRequests)).toEqual([400, 200, 200])
    expect(statuses(bound.apiRequests)).toEqual([401, 200, 200])
  })

  test('that came with a success is used in the next proof', async () => {
    await bound.signIn()
    bound.disturb = (response) => withHeaders(response, { 'dpop-nonce': 'next-one' })
    await bound.call()
    bound.disturb = (response) => response
    await bound.call()
    expect(nonces(bound.apiRequests)).toEqual([undefined, 'next-one'])
  })

  test('that came with the answer to a second request is used in the next proof as well', async () => {
    await demand()
    let answers = 0
    bound.disturb = (response) => {
      answers += 1
      // The real servers keep a nonce for a while. This one wants a new one each time.
      return answers % 2 === 1 ? response : withHeaders(response, { 'dpop-nonce': `n${answers}` })
    }
    await bound.signIn()
    await refresh()
    expect(nonces(bound.tokenRequests)[2]).toBe('n2')
    answers = 0
    await bound.call()
    await bound.call()
    expect(nonces(bound.apiRequests)[2]).toBe('n2')
  })

  test('of the authorization server is never shown to an API, not even to one of the same origin', async () => {
    await demand()
    await bound.signIn()
    expect(nonces(bound.tokenRequests)[1]).toEqual(expect.any(String))
    const seen: Request[] = []
    await bound.guardian.core.apiRequests.answer({
      request: new Request(`${bound.as.origin}/v1/me`),
      resource: { ...bound.resource, origin: bound.as.origin },
      fetch: async (request) => {
        seen.push(request)
        return new Response()
      },
      waitUntil: bound.guardian.waitUntil,
    })
    const proof = decodeJws(seen[0]?.headers.get('dpop') ?? '')
    expect(proof?.payload['htu']).toBe(`${bound.as.origin}/v1/me`)
    expect(proof?.payload).not.toHaveProperty('nonce')
  })

  test('that was renewed is learned again by one more request, with the body intact', async () => {
    await demand()
    await bound.signIn()
    await bound.call()
    await bound.api.control.run({ do: 'new-dpop-nonce' })
    const response = await bound.call('echo-body', { method: 'POST', body: 'payload' })
    expect(await response.json()).toMatchObject({ length: 7 })
    expect(statuses(bound.apiRequests)).toEqual([401, 200, 401, 200])
    expect(bound.apiRequests.slice(2).map(({ body }) => body)).toEqual(['payload', 'payload'])
  })

  test('does not make a body be sent again that is over the limit', async () => {
    await demand()
    await bound.signIn()
    const answer = (replayBodyLimitBytes: number): Promise<Response> =>
      bound.guardian.core.apiRequests.answer({
        request: new Request(`${bound.api.origin}/v1/echo-body`, { method: 'POST', body: 'abc' }),
        resource: { ...bound.resource, replayBodyLimitBytes },
        fetch: (request) => fetch(request),
        waitUntil: bound.guardian.waitUntil,
      })
    expect((await answer(0)).status).toBe(401)
    await bound.api.control.run({ do: 'new-dpop-nonce' })
    expect((await answer(2)).status).toBe(401)
    await bound.api.control.run({ do: 'new-dpop-nonce' })
    expect((await answer(3)).status).toBe(200)
  })

  test.each([
    'dpop error="use_dpop_nonce"',
    'Bearer, Basic realm="a, b", DPOP algs="ES256", error=use_dpop_nonce',
  ])('is asked for by %s too', async (challenge) => {
    await bound.signIn()
    let asked = 0
    bound.disturb = (response) => {
      asked += 1
      const headers = { 'www-authenticate': challenge, 'dpop-nonce': 'n' }
      return asked === 1 ? new Response(null, { status: 401, headers }) : response
    }
    expect((await bound.call()).status).toBe(200)
    expect(nonces(bound.apiRequests)).toEqual([undefined, 'n'])
  })

  test('that is wanted again and again is given once: no loop', async () => {
    await bound.signIn()
    bound.disturb = () =>
      new Response(null, {
        status: 401,
        headers: {
          'www-authenticate': 'DPoP error="use_dpop_nonce"',
          'dpop-nonce': crypto.randomUUID(),
        },
      })
    expect((await bound.call()).status).toBe(401)
    expect(bound.apiRequests).toHaveLength(2)
    bound.disturb = () =>
      new Response('{"error":"use_dpop_nonce"}', {
        status: 400,
        headers: { 'content-type': 'application/json', 'dpop-nonce': crypto.randomUUID() },
      })
    bound.tokenRequests.length = 0
    await expectFailure(refresh(), 'refresh-unavailable')
    expect(bound.tokenRequests).toHaveLength(2)
    expect(await session()).toMatchObject({ status: 'signed-in' })
    bound.tokenRequests.length = 0
    await bound.signIn()
    expect(bound.tokenRequests).toHaveLength(2)
    expect(bound.codes()).toContain('exchange-refused')
  })

  test.each([null, '', 'not a "nonce"', 'x'.repeat(2000)])(
    'that cannot be read (%#) is reported, and nothing is sent again',
    async (nonce) => {
      bound.disturb = (response) => withHeaders(response, { 'dpop-nonce': nonce })
      await bound.signIn()
      await demand()
      bound.tokenRequests.length = 0
      expect((await bound.call()).status).toBe(401)
      expect(bound.apiRequests).toHaveLength(1)
      expect(bound.codes()).toEqual(['dpop-nonce-unreadable'])
      await expectFailure(refresh(), 'dpop-nonce-unreadable')
      expect(bound.tokenRequests).toHaveLength(1)
      expect(await session()).toMatchObject({ status: 'signed-in' })
      // The server took nothing: the next refresh is not taken for one that was interrupted.
      expect(await bound.guardian.stored()).not.toHaveProperty('refreshStartedAt')
    },
  )

  test('that cannot be read keeps an expired session, whose requests fail like a network error', async () => {
    bound.disturb = (response) => withHeaders(response, { 'dpop-nonce': null })
    await bound.signIn()
    await demand()
    bound.pass(61)
    expect((await bound.call()).type).toBe('error')
    expect(bound.apiRequests).toEqual([])
    expect(bound.codes()).toEqual(['dpop-nonce-unreadable'])
    expect(await session()).toMatchObject({ status: 'signed-in', stale: true })
  })

  test('that cannot be read fails a sign-in, after one request', async () => {
    await demand()
    bound.disturb = (response) => withHeaders(response, { 'dpop-nonce': null })
    await bound.signIn()
    expect(bound.tokenRequests).toHaveLength(1)
    expect(bound.codes()).toEqual(['dpop-nonce-unreadable'])
    expect(await session()).toMatchObject({ status: 'signed-out' })
  })
})

// Threat model, statement 36.
describe('a downgrade', () => {
  const toBearer = async (response: Response): Promise<Response> => {
    const body = (await response.json()) as object
    return new Response(JSON.stringify({ ...body, token_type: 'Bearer' }), response)
  }

  test('of a sign-in to a bearer token is refused, and nothing is stored', async () => {
    bound.disturb = toBearer
    await bound.signIn()
    expect(bound.codes()).toEqual(['dpop-downgrade'])
    expect(await session()).toMatchObject({ status: 'signed-out' })
    await bound.call()
    expect(bound.apiRequests.map(({ authorization }) => authorization)).toEqual([null])
  })

  test('of a refresh ends the session: neither the bearer token nor the replaced refresh token is ever used', async () => {
    await bound.signIn()
    bound.disturb = toBearer
    await expectFailure(refresh(), 'dpop-downgrade')
    bound.disturb = (response) => response
    expect(await session()).toEqual({ status: 'interaction-required', code: 'dpop-downgrade' })
    await bound.call()
    expect(bound.apiRequests.map(({ authorization }) => authorization)).toEqual([null])
    expect(bound.tokenRequests).toHaveLength(2)
  })

  test.each(['Bearer', 'Bearer error="invalid_token"', 'Bearer error="use_dpop_nonce"'])(
    'by an API that says %s never happens: no request with a bearer token',
    async (challenge) => {
      await bound.signIn()
      bound.disturb = (response, url) =>
        url.startsWith(bound.api.origin)
          ? new Response(null, {
              status: 401,
              headers: { 'www-authenticate': challenge, 'dpop-nonce': 'n' },
            })
          : response
      expect((await bound.call()).status).toBe(401)
      for (const { authorization } of bound.apiRequests) expect(authorization).toMatch(/^DPoP /)
      expect(bound.apiRequests).toHaveLength(challenge.includes('invalid_token') ? 2 : 1)
    },
  )
})

test('a 401 with invalid_token leads to one refresh and one replay with a proof of its own, also where nonces are wanted', async () => {
  await bound.signIn()
  await bound.api.control.run({ do: 'dpop', nonce: true })
  await bound.api.control.run({ do: 'revoke-before' })
  const response = await bound.call('echo-body', { method: 'POST', body: 'payload' })
  expect(response.status).toBe(200)
  expect(statuses(bound.apiRequests)).toEqual([401, 401, 200])
  expect(bound.apiRequests.map(({ body }) => body)).toEqual(['payload', 'payload', 'payload'])
  expect(new Set(bound.apiRequests.map(({ payload }) => payload['jti'])).size).toBe(3)
  expect(statuses(bound.tokenRequests)).toEqual([200, 200])
})

test('signing out revokes without a proof', async () => {
  await bound.signIn()
  await bound.guardian.core.signOut.begin('default', {}, bound.guardian.waitUntil)
  await bound.guardian.settled()
  expect(bound.codes()).toEqual([])
  expect(await session()).toMatchObject({ status: 'signed-out' })
})

test('a server that is told to need DPoP and does not offer it is asked for nothing', async () => {
  const { fetch: send, ...wire } = bound.guardian.surroundings.wire
  const seen: string[] = []
  const guardian = await guardianInTest(
    { clients: { issuer: bound.as.origin, clientId: 'demo', dpop: 'required' } },
    {
      wire: {
        ...wire,
        fetch: async (url, init) => {
          seen.push(new URL(url).pathname)
          const metadata = (await (await send(url, init)).json()) as object
          return Response.json({ ...metadata, dpop_signing_alg_values_supported: ['RS256'] })
        },
      },
    },
  )
  await expectFailure(guardian.startSignIn(), 'dpop-unsupported')
  expect(seen).toEqual(['/.well-known/openid-configuration'])
  expect(guardian.ledger.errands.size).toBe(0)
})
