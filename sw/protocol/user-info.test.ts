import { beforeEach, describe, expect, test } from 'vitest'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { MARK, json, offline, opaqueRedirect } from '../../e2e/unit/fake-server.ts'
import { protocolInTest, type ProtocolInTest } from '../../e2e/unit/protocol-in-test.ts'
import { ISSUER } from '../../e2e/unit/parsed-config.ts'
import { makeSigningKey } from '../../e2e/unit/signing-key.ts'
import type { Claims } from '../../src/contract/session.ts'
import type { TokenSet } from './tokens.ts'
import { loadUserInfo } from './user-info.ts'

let protocol: ProtocolInTest
let tokens: TokenSet

beforeEach(async () => {
  protocol = await protocolInTest()
  tokens = await protocol.exchange()
  protocol.server.requests.length = 0
})

const load = (): Promise<Claims> => loadUserInfo(protocol.metadata, tokens, protocol.wire)

async function answerJwt(claims: object, key = protocol.server.key, header = {}): Promise<void> {
  const jwt = await key.sign({ sub: 'user-1', email: 'ada@example.com', ...claims }, header)
  const headers = { 'content-type': 'application/jwt; charset=utf-8' }
  protocol.server.answer('userinfo', () => new Response(jwt, { headers }))
}

describe('UserInfo', () => {
  test('is asked with the access token in the header, without credentials, and without following a redirect', async () => {
    expect(await load()).toEqual({ sub: 'user-1', email: 'ada@example.com' })
    const [request] = protocol.server.requests
    expect(request?.url).toBe(`${ISSUER}/userinfo`)
    expect(request?.url).not.toContain(MARK)
    expect(request?.init).toMatchObject({
      method: 'GET',
      credentials: 'omit',
      redirect: 'manual',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    })
    expect(new Headers(request?.init.headers).get('authorization')).toBe(
      `Bearer ${tokens.accessToken.reveal()}`,
    )
  })

  test('of another user is not used', async () => {
    for (const sub of ['user-2', 'USER-1', 'user-1 ']) {
      protocol.server.answer('userinfo', () => json({ sub, name: 'Eve' }))
      await expectFailure(load(), 'userinfo-sub-mismatch')
    }
    await answerJwt({ sub: 'user-2' })
    await expectFailure(load(), 'userinfo-sub-mismatch')
  })

  test('says who the user is where no token did', async () => {
    tokens = { ...tokens, user: { sub: '' } }
    protocol.server.answer('userinfo', () => json({ sub: 'someone', name: 'Some One' }))
    expect(await load()).toEqual({ sub: 'someone', name: 'Some One' })
  })

  test.each([
    ['no network', offline],
    ['500', () => new Response('x', { status: 500 })],
    [
      '401',
      () =>
        json({ error: 'invalid_token' }, 401, {
          'www-authenticate': 'Bearer error="invalid_token"',
        }),
    ],
    ['403', () => new Response(null, { status: 403 })],
    ['204', () => new Response(null, { status: 204 })],
    ['a redirect', opaqueRedirect],
  ])('is unavailable with %s', async (_what, answer) => {
    protocol.server.answer('userinfo', answer)
    await expectFailure(load(), 'userinfo-unavailable')
  })

  test('is unavailable without an endpoint', async () => {
    const { userinfo_endpoint: _, ...metadata } = protocol.metadata.metadata
    const loading = loadUserInfo({ ...protocol.metadata, metadata }, tokens, protocol.wire)
    await expectFailure(loading, 'userinfo-unavailable')
  })

  test.each([
    ['no JSON', () => new Response('x', { headers: { 'content-type': 'application/json' } })],
    ['HTML', () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } })],
    ['a list', () => json([])],
    ['no sub', () => json({ name: 'Ada' })],
    ['an empty sub', () => json({ sub: '' })],
    ['a sub that is no text', () => json({ sub: 1 })],
  ])('is invalid with %s', async (_what, answer) => {
    protocol.server.answer('userinfo', answer)
    await expectFailure(load(), 'userinfo-invalid')
  })
})

describe('signed UserInfo', () => {
  test('is used when its signature is right', async () => {
    await answerJwt({})
    expect(await load()).toEqual({ sub: 'user-1', email: 'ada@example.com' })
    await answerJwt({ iss: ISSUER, aud: ['app', 'other'] })
    expect(await load()).toEqual({ sub: 'user-1', email: 'ada@example.com' })
  })

  test('is not used when it was signed with another key', async () => {
    const other = await makeSigningKey()
    await answerJwt(
      {},
      { ...other, sign: (claims) => other.sign(claims, { kid: protocol.server.key.jwk['kid'] }) },
    )
    await expectFailure(load(), 'userinfo-invalid')
    await answerJwt({}, other)
    await expectFailure(load(), 'userinfo-invalid')
  })

  test('is not used when it is of another issuer, for another client, or out of time', async () => {
    for (const claims of [{ iss: 'https://evil.example' }, { aud: 'other' }, { exp: 1 }]) {
      await answerJwt(claims)
      await expectFailure(load(), 'userinfo-invalid')
    }
  })

  test('is not used without a signature, or with one that a public client could not check', async () => {
    const encode = (value: object): string => btoa(JSON.stringify(value)).replaceAll('=', '')
    for (const alg of ['none', 'HS256']) {
      const jwt = `${encode({ alg })}.${encode({ sub: 'user-1' })}.${alg === 'none' ? '' : 'AAAA'}`
      const headers = { 'content-type': 'application/jwt' }
      protocol.server.answer('userinfo', () => new Response(jwt, { headers }))
      await expectFailure(load(), 'userinfo-invalid')
    }
  })
})
