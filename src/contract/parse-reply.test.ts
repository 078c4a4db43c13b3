import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyMessage } from '../../e2e/unit/arbitraries.ts'
import { AuthError, isAuthError, type AuthErrorWire } from './errors.ts'
import { CONTRACT_VERSION } from './messages.ts'
import { parseEvent, parseReply } from './parse-reply.ts'
import type { Session } from './session.ts'
import { epochSeconds } from './units.ts'

const error: AuthErrorWire = {
  code: 'session-ended',
  phase: 'refresh',
  message: 'over',
  retryable: false,
  correlationId: 'c',
}
const sessions: Session[] = [
  { status: 'signed-out' },
  {
    status: 'signed-in',
    user: { sub: 'u' },
    scope: ['openid'],
    expiresAt: epochSeconds(5),
    stale: false,
  },
  {
    status: 'signed-in',
    user: { sub: 'u' },
    scope: [],
    authorizationDetails: [{ type: 'orders', actions: ['read'] }],
    expiresAt: null,
    stale: true,
  },
  { status: 'interaction-required', code: 'session-lost' },
  { status: 'unprotected', code: 'page-not-covered' },
]
const stepUp = (more: object): object => ({
  type: 'stepup',
  client: 'default',
  stepUp: { resource: 'https://api.example/v1/', client: 'default', attempts: 0, ...more },
})
const ours = (rest: object): unknown => ({ tokenGuardian: CONTRACT_VERSION, ...rest })

describe('parseReply', () => {
  test('never throws, and accepts nothing without the version', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        parseReply(message)
        parseReply(ours({ ok: true, value: message }))
        parseReply(ours({ ok: false, error: message }))
        if (typeof message === 'object' && message !== null && 'tokenGuardian' in message) return
        expect(parseReply(message)).toBeUndefined()
      }),
    )
  })

  test('gives back what a client is, and refuses a description with a member of another type', () => {
    const description = { issuer: 'https://id.example', clientId: 'app', scope: ['openid'] }
    const reply = ours({ ok: true, value: description })
    expect(parseReply(reply)).toEqual(reply)
    for (const wrong of [{ issuer: 1 }, { clientId: null }, { scope: 'openid' }, { audience: {} }])
      expect(parseReply(ours({ ok: true, value: { ...description, ...wrong } }))).toBeUndefined()
  })

  test.each(sessions)('gives back a reply with the session $status', (session) => {
    const reply = ours({
      ok: true,
      value: { session, client: 'default', probePath: '/auth/login' },
    })
    expect(parseReply(reply)).toEqual(reply)
  })

  test('gives back an error reply', () => {
    const reply = ours({ ok: false, error })
    expect(parseReply(reply)).toEqual(reply)
  })

  test('reads an answer of another version that it understands, and no other', () => {
    const tokenGuardian = CONTRACT_VERSION + 1
    const reply = { tokenGuardian, ok: true, value: { session: sessions[1], client: 'default' } }
    expect(parseReply(reply)).toEqual(reply)
    const changed = { ...sessions[1], user: undefined, person: { sub: 'u' } }
    expect(parseReply({ ...reply, value: { session: changed } })).toBeUndefined()
  })

  test.each([
    ['what is no version', { tokenGuardian: '1', ok: true, value: {} }],
    ['no outcome', ours({ value: {} })],
    ['an outcome that is only truthy', ours({ ok: 1, value: {} })],
    ['no value', ours({ ok: true })],
    ['an error without a code', ours({ ok: false, error: { message: 'x' } })],
    ['a session of an unknown status', ours({ ok: true, value: { session: { status: 'admin' } } })],
    [
      'authorization details that are no list',
      ours({
        ok: true,
        value: {
          session: { status: 'signed-in', user: { sub: 'u' }, scope: [], authorizationDetails: {} },
        },
      }),
    ],
    ['a session without a user', ours({ ok: true, value: { session: { status: 'signed-in' } } })],
    ['a session that is null', ours({ ok: true, value: { session: null } })],
  ])('refuses %s', (_what, reply) => {
    expect(parseReply(reply)).toBeUndefined()
  })
})

describe('parseEvent', () => {
  test('never throws, and returns only events of the known types', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        parseEvent(message)
        const event = parseEvent(ours({ event: message }))
        if (event) expect(['session', 'error', 'stepup', 'stay-awake']).toContain(event.type)
      }),
    )
  })

  test('gives back every event of the contract', () => {
    const events = [
      { type: 'stay-awake' },
      { type: 'error', error },
      stepUp({}),
      stepUp({ acrValues: ['gold'], maxAge: 0, attempts: 2 }),
      ...sessions.map((session) => ({ type: 'session', client: 'default', session })),
    ]
    for (const event of events) expect(parseEvent(ours({ event }))).toEqual(event)
  })

  test.each([
    { acrValues: 'gold' },
    { acrValues: [1] },
    { maxAge: '5' },
    { attempts: undefined },
    { resource: 1 },
    { client: null },
  ])('takes no step-up with %j', (wrong) => {
    expect(parseEvent(ours({ event: stepUp(wrong) }))).toBeUndefined()
  })

  test('ignores what other libraries post', () => {
    for (const data of ['', null, { type: 'CACHE_UPDATED' }, { event: { type: 'stay-awake' } }]) {
      expect(parseEvent(data)).toBeUndefined()
    }
  })
})

describe('AuthError', () => {
  test('keeps all of its wire form, and is known in every realm', () => {
    const received = new AuthError(
      structuredClone({ ...error, oauthError: 'invalid_grant', status: 400 }),
    )
    expect(received).toMatchObject({ ...error, oauthError: 'invalid_grant', status: 400 })
    expect(isAuthError(received)).toBe(true)
    const foreign = Object.assign(new Error('x'), { name: 'AuthError', code: 'session-ended' })
    expect(isAuthError(foreign)).toBe(true)
    expect(isAuthError(new Error('x'))).toBe(false)
    expect(isAuthError({ name: 'AuthError', code: 'x' })).toBe(false)
  })
})
