import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { revealed } from '../../e2e/unit/protocol-in-test.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import { Secret } from '../protocol/secret.ts'
import type { AccessGrant, TokenSet } from '../protocol/tokens.ts'
import { readTokens, writeTokens } from './token-rows.ts'

const text = fc.string({ minLength: 1, maxLength: 30 })
const identity = fc.record(
  {
    iss: text,
    sub: text,
    aud: fc.array(text, { minLength: 1, maxLength: 2 }),
    azp: text,
    nonce: text,
    authTime: fc.nat(),
  },
  { requiredKeys: ['iss', 'sub', 'aud'] },
)
const stepUp = fc.record(
  {
    acrValues: fc.array(text, { maxLength: 2 }),
    maxAge: fc.nat(),
    at: fc.nat().map(epochSeconds),
    attempts: fc.nat(),
  },
  { requiredKeys: ['at', 'attempts'] },
)
const details = fc.array(
  fc.record({ type: text, actions: fc.array(text, { maxLength: 2 }) }, { requiredKeys: ['type'] }),
  { maxLength: 2 },
)
const grant: fc.Arbitrary<AccessGrant> = fc
  .record(
    {
      id: text,
      issuedAt: fc.nat().map(epochSeconds),
      accessToken: text,
      expiresAt: fc.option(fc.nat().map(epochSeconds)),
      scope: fc.array(text, { maxLength: 3 }),
      authorizationDetails: details,
    },
    { requiredKeys: ['accessToken', 'expiresAt', 'scope'] },
  )
  .map(({ accessToken, ...rest }) => ({
    ...rest,
    accessToken: new Secret('access-token', accessToken),
  }))
const tokenSet: fc.Arbitrary<TokenSet> = fc
  .record(
    {
      id: text,
      issuedAt: fc.nat().map(epochSeconds),
      target: text,
      further: fc.dictionary(text, grant, { maxKeys: 3 }),
      accessToken: text,
      refreshToken: text,
      idToken: text,
      expiresAt: fc.option(fc.nat()),
      scope: fc.array(text, { maxLength: 3 }),
      authorizationDetails: details,
      sub: text,
      claims: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), text, { maxKeys: 3 }),
      identity,
      userInfo: fc.record({ sub: text, name: text }),
      stepUp,
    },
    { requiredKeys: ['accessToken', 'expiresAt', 'scope', 'sub', 'claims'] },
  )
  .map(({ accessToken, refreshToken, idToken, expiresAt, sub, claims, ...rest }) => ({
    ...rest,
    accessToken: new Secret('access-token', accessToken),
    ...(refreshToken === undefined
      ? {}
      : { refreshToken: new Secret('refresh-token', refreshToken) }),
    ...(idToken === undefined ? {} : { idToken: new Secret('id-token', idToken) }),
    expiresAt: expiresAt === null ? null : epochSeconds(expiresAt),
    user: { ...claims, sub },
  }))

describe('a stored session', () => {
  test('is read back as it was written', () => {
    fc.assert(
      fc.property(
        tokenSet,
        fc.option(fc.jsonValue({ maxDepth: 3 }), { nil: undefined }),
        (tokens, value) => {
          const appState = value === undefined ? undefined : JSON.parse(JSON.stringify(value))
          const content = readTokens(
            writeTokens({ tokens, ...(appState === undefined ? {} : { appState }) }),
          )
          expect(content && revealed(content.tokens)).toEqual(revealed(tokens))
          expect(content?.appState).toEqual(appState)
        },
      ),
    )
  })

  test('counts as absent when it is something else, and never throws', () => {
    const row = fc.record(
      {
        accessToken: fc.oneof(text, fc.jsonValue({ maxDepth: 1 })),
        expiresAt: fc.oneof(fc.nat(), fc.jsonValue({ maxDepth: 1 })),
        scope: fc.oneof(fc.array(text), fc.jsonValue({ maxDepth: 1 })),
        user: fc.oneof(fc.record({ sub: text }), fc.jsonValue({ maxDepth: 2 })),
        identity: fc.oneof(identity, fc.jsonValue({ maxDepth: 1 })),
        appState: fc.jsonValue({ maxDepth: 2 }),
      },
      { requiredKeys: [] },
    )
    const content = fc
      .oneof(row, fc.jsonValue({ maxDepth: 3 }))
      .map((value) => JSON.stringify(value))
    fc.assert(
      fc.property(content, (stored) => {
        const read = readTokens(stored)
        if (read === undefined) return
        expect(read.tokens.accessToken).toBeInstanceOf(Secret)
        expect(typeof read.tokens.accessToken.reveal()).toBe('string')
        expect(typeof read.tokens.user.sub).toBe('string')
        expect(read.tokens.scope.every((entry) => typeof entry === 'string')).toBe(true)
      }),
    )
  })

  // Page script can seal any text with the key, and what is sealed may be from another version.
  test.each(['', 'x', '{', 'undefined', '{"accessToken":'])(
    'counts as absent when it is the text %j',
    (stored) => {
      expect(readTokens(stored)).toBeUndefined()
    },
  )

  test('of a guardian without further tokens is read as it was', () => {
    const old = { accessToken: 'a', expiresAt: 5, scope: ['openid'], user: { sub: 'u' } }
    const { tokens } = readTokens(JSON.stringify(old)) ?? {}
    expect(Object.keys(tokens ?? {}).toSorted()).toEqual([
      'accessToken',
      'expiresAt',
      'scope',
      'user',
    ])
  })

  test.each([
    ['no object', 7],
    ['a list', [{ accessToken: 'b', expiresAt: null, scope: [] }]],
    ['a token that is no text', { 'urn:b ': { accessToken: 1, expiresAt: null, scope: [] } }],
    ['no scope', { 'urn:b ': { accessToken: 'b', expiresAt: null } }],
    ['no date', { 'urn:b ': { accessToken: 'b', expiresAt: '5', scope: [] } }],
    ['nothing', { 'urn:b ': null }],
  ])('whose further tokens are %s is a session without them', (_what, further) => {
    const row = { accessToken: 'a', expiresAt: null, scope: [], user: { sub: 'u' }, further }
    const { tokens } = readTokens(JSON.stringify(row)) ?? {}
    expect(tokens?.accessToken.reveal()).toBe('a')
    expect(Object.keys(tokens?.further ?? {})).toEqual([])
  })

  test.each([7, 'x', {}, [{}], [{ type: 1 }], [null]])(
    'whose authorization details are %j is a session without them',
    (authorizationDetails) => {
      const row = { accessToken: 'a', expiresAt: null, scope: [], user: { sub: 'u' } }
      const { tokens } = readTokens(JSON.stringify({ ...row, authorizationDetails })) ?? {}
      expect(tokens?.accessToken.reveal()).toBe('a')
      expect(tokens).not.toHaveProperty('authorizationDetails')
    },
  )

  test('takes nothing from keys of prototype pollution', () => {
    const stored =
      '{"accessToken":"a","expiresAt":null,"scope":[],"user":{"sub":"u","__proto__":{"admin":true}},"__proto__":{"refreshToken":"evil"}}'
    const read = readTokens(stored)
    expect(read?.tokens.refreshToken).toBeUndefined()
    expect((read?.tokens.user as { admin?: unknown } | undefined)?.admin).toBeUndefined()
  })
})
