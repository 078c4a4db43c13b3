import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyMessage } from '../../e2e/unit/arbitraries.ts'
import { CONTRACT_VERSION, type GuardianRequest } from './messages.ts'
import { isFileName, isJson, parseLoginParameters, parseRequest } from './parse-request.ts'

/** Every field that any request may have, by type. Written out here so that a new one has to be looked at. */
const FIELDS: Readonly<Record<GuardianRequest['type'], readonly string[]>> = {
  'get-session': ['type', 'client', 'landed'],
  'begin-login': ['type', 'client', 'parameters', 'display'],
  'send-login-link': ['type', 'client', 'parameters'],
  'begin-logout': ['type', 'client', 'returnTo', 'localOnly'],
  refresh: ['type', 'client'],
  'describe-client': ['type', 'client'],
  claim: ['type'],
  'keep-awake': ['type'],
  'check-registration': ['type'],
  'download-link': ['type', 'url', 'filename'],
  connect: ['type'],
  'get-timeline': ['type', 'client'],
}
const LOGIN_FIELDS = [
  'returnTo',
  'appState',
  'prompt',
  'loginHint',
  'maxAge',
  'acrValues',
  'uiLocales',
  'authorizationParams',
]
const TYPES = Object.keys(FIELDS) as GuardianRequest['type'][]
const TAKES_PARAMETERS = ['begin-login', 'send-login-link']

const text = fc.string({ minLength: 1, maxLength: 100 })
const texts = fc.array(text, { maxLength: 32 })
const optional = { requiredKeys: [] }
const loginParameters = fc.record(
  {
    returnTo: text,
    appState: fc.jsonValue({ maxDepth: 4 }).filter((value) => JSON.stringify(value).length < 8000),
    prompt: text,
    loginHint: text,
    maxAge: fc.nat(),
    acrValues: texts,
    uiLocales: texts,
    authorizationParams: fc.dictionary(text, text, { maxKeys: 32 }),
  },
  optional,
)
const validRequest = fc.oneof(
  fc.record(
    {
      type: fc.constant('send-login-link'),
      client: text,
      parameters: fc
        .tuple(loginParameters, text)
        .map(([parameters, loginHint]) => ({ ...parameters, loginHint })),
    },
    { requiredKeys: ['type', 'parameters'] },
  ),
  fc.record(
    {
      type: fc.constant('get-session'),
      client: text,
      landed: fc.constantFrom('here', 'in-popup'),
    },
    { requiredKeys: ['type'] },
  ),
  fc.record(
    {
      type: fc.constant('begin-login'),
      client: text,
      parameters: loginParameters,
      display: fc.constant('popup'),
    },
    { requiredKeys: ['type', 'parameters'] },
  ),
  fc.record(
    { type: fc.constant('begin-logout'), client: text, returnTo: text, localOnly: fc.boolean() },
    { requiredKeys: ['type'] },
  ),
  fc.record(
    { type: fc.constantFrom('refresh', 'describe-client'), client: text },
    { requiredKeys: ['type'] },
  ),
  fc.record(
    {
      type: fc.constant('download-link'),
      url: text,
      filename: text.filter(isFileName),
    },
    { requiredKeys: ['type', 'url'] },
  ),
  fc.record({ type: fc.constantFrom('claim', 'keep-awake', 'check-registration', 'connect') }),
)

const envelope = (request: unknown): unknown => ({ tokenGuardian: CONTRACT_VERSION, request })
const login = (parameters: unknown): unknown => envelope({ type: 'begin-login', parameters })
const MALFORMED = { ok: false, reason: 'malformed' }

describe('parseRequest', () => {
  test('never throws, whatever a page posts', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(typeof parseRequest(message).ok).toBe('boolean')
        expect(typeof parseRequest(envelope(message)).ok).toBe('boolean')
        expect(typeof parseRequest(login(message)).ok).toBe('boolean')
      }),
    )
  })

  test('gives back a valid request unchanged, after the structured clone of a message', () => {
    fc.assert(
      fc.property(validRequest, (request) => {
        const parsed = parseRequest(structuredClone(envelope(request)))
        expect(parsed).toEqual({ ok: true, request: structuredClone(request) })
      }),
    )
  })

  test('never returns a field that it does not know', () => {
    const withExtras = fc
      .tuple(validRequest, fc.dictionary(text, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }))
      .map(([request, extras]) => ({ ...extras, ...request }))
    fc.assert(
      fc.property(fc.oneof(withExtras, anyMessage), (request) => {
        const parsed = parseRequest(envelope(request))
        if (!parsed.ok) return
        const known = FIELDS[parsed.request.type]
        expect(known).toEqual(expect.arrayContaining(Object.keys(parsed.request)))
        if (parsed.request.type !== 'begin-login') return
        expect(LOGIN_FIELDS).toEqual(expect.arrayContaining(Object.keys(parsed.request.parameters)))
      }),
    )
  })

  test.each(TYPES)('refuses %s as a whole when it has one unknown field', (type) => {
    const parameters = { parameters: { loginHint: 'x' } }
    const needed = type === 'download-link' ? { url: 'x' } : {}
    const more = TAKES_PARAMETERS.includes(type) ? parameters : needed
    expect(parseRequest(envelope({ type, ...more }))).toMatchObject({ ok: true })
    for (const name of ['issuer', 'clientId', 'redirectUri', 'resources', 'scope', '']) {
      expect(parseRequest(envelope({ type, ...more, [name]: 'x' }))).toEqual(MALFORMED)
    }
  })

  test('refuses login parameters with an unknown field', () => {
    for (const name of ['scope', 'redirect_uri', 'client_id', 'issuer', 'resource']) {
      expect(parseRequest(login({ [name]: 'x' }))).toEqual(MALFORMED)
    }
  })

  test.each([
    ['a client that is not a text', { type: 'get-session', client: 1 }],
    ['an empty client', { type: 'get-session', client: '' }],
    ['a flag that is not a boolean', { type: 'get-session', landed: 'true' }],
    ['no parameters', { type: 'begin-login' }],
    ['parameters that are a list', { type: 'begin-login', parameters: [] }],
    ['a returnTo that is an object', { type: 'begin-logout', returnTo: {} }],
    ['a link to nothing', { type: 'download-link' }],
    ['a file name that is a path', { type: 'download-link', url: 'x', filename: 'a/b' }],
    ['a file name with a backslash', { type: 'download-link', url: 'x', filename: 'a\\b' }],
    ['a file name of two lines', { type: 'download-link', url: 'x', filename: 'a\r\nb' }],
    ['half a character', { type: 'download-link', url: 'x', filename: '\ud83d' }],
    ['no file name', { type: 'download-link', url: 'x', filename: '' }],
    ['a long file name', { type: 'download-link', url: 'x', filename: 'x'.repeat(256) }],
    ['an unknown type', { type: 'get-access-token' }],
    ['a type that is only inherited by all objects', { type: 'toString' }],
    ['a type that is a list', { type: ['refresh'] }],
    ['no type', {}],
  ])('refuses %s', (_what, request) => {
    expect(parseRequest(envelope(request))).toEqual(MALFORMED)
  })

  test.each([
    ['a returnTo', { returnTo: 'x'.repeat(2049) }],
    ['a login hint', { loginHint: 'x'.repeat(2049) }],
    ['an appState', { appState: 'x'.repeat(8191) }],
    ['a list of acr values', { acrValues: Array.from({ length: 33 }, String) }],
    ['an acr value', { acrValues: ['x'.repeat(2049)] }],
    [
      'a number of parameters',
      {
        authorizationParams: Object.fromEntries(
          Array.from({ length: 33 }, (_, at) => [`n${at}`, 'x']),
        ),
      },
    ],
    ['a parameter name', { authorizationParams: { ['x'.repeat(2049)]: 'x' } }],
    ['a parameter value', { authorizationParams: { x: 'x'.repeat(2049) } }],
  ])('refuses %s that is too large', (_what, parameters) => {
    expect(parseRequest(login(parameters))).toEqual(MALFORMED)
  })

  test('accepts the largest sizes that it documents', () => {
    const largest = {
      returnTo: 'x'.repeat(2048),
      appState: 'x'.repeat(8190),
      acrValues: Array.from({ length: 32 }, String),
    }
    expect(parseRequest(login(largest))).toMatchObject({ ok: true })
  })

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '60', null])(
    'refuses %s as maxAge',
    (maxAge) => {
      expect(parseRequest(login({ maxAge }))).toEqual(MALFORMED)
    },
  )

  test('treats keys of prototype pollution as unknown fields, and changes no prototype', () => {
    for (const key of ['__proto__', 'constructor', 'prototype', 'hasOwnProperty']) {
      const hostile = JSON.parse(`{ "type": "claim", "${key}": { "polluted": true } }`) as unknown
      expect(parseRequest(envelope(hostile))).toEqual(MALFORMED)
      const inLogin = JSON.parse(`{ "${key}": { "polluted": true } }`) as unknown
      expect(parseRequest(login(inLogin))).toEqual(MALFORMED)
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  test('reads no field from a prototype', () => {
    const inherited = Object.create({ type: 'claim' }) as unknown
    expect(parseRequest(envelope(inherited))).toEqual(MALFORMED)
    expect(parseRequest(Object.create(envelope({ type: 'claim' }) as object))).toEqual({
      ok: false,
      reason: 'not-ours',
    })
  })

  test('keeps __proto__ in appState and authorizationParams an ordinary entry', () => {
    const hostile = JSON.parse(
      '{ "appState": { "__proto__": { "admin": true } }, "authorizationParams": { "__proto__": "x" } }',
    ) as unknown
    const parsed = parseRequest(login(hostile))
    if (!parsed.ok || parsed.request.type !== 'begin-login') throw new Error('was refused')
    const { appState, authorizationParams } = parsed.request.parameters
    expect(Object.getPrototypeOf(appState)).toBe(Object.prototype)
    expect((appState as { admin?: unknown }).admin).toBeUndefined()
    expect(Object.keys(authorizationParams ?? {})).toEqual(['__proto__'])
  })

  test('reads a message of another version that it understands', () => {
    for (const tokenGuardian of [CONTRACT_VERSION - 1, CONTRACT_VERSION + 1]) {
      const request = { type: 'get-session', client: 'main' }
      expect(parseRequest({ tokenGuardian, request })).toEqual({ ok: true, request })
    }
  })

  test('tells a message of another library from one of another version that it does not understand', () => {
    expect(parseRequest({ type: 'SKIP_WAITING' })).toEqual({ ok: false, reason: 'not-ours' })
    expect(parseRequest(undefined)).toEqual({ ok: false, reason: 'not-ours' })
    const otherVersion = { ok: false, reason: 'other-version' }
    for (const request of [{ type: 'of-tomorrow' }, { type: 'claim', more: 1 }, undefined]) {
      expect(parseRequest({ tokenGuardian: CONTRACT_VERSION + 1, request })).toEqual(otherVersion)
    }
    for (const tokenGuardian of [String(CONTRACT_VERSION), null, 1.5]) {
      expect(parseRequest({ tokenGuardian, request: { type: 'claim' } })).toEqual(otherVersion)
    }
  })

  test('refuses an appState that JSON would not keep as it is', () => {
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    const deep = JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`) as unknown
    for (const appState of [cycle, deep, new Date(0), 1n, Number.NaN, new Map(), [undefined]]) {
      expect(parseRequest(login({ appState }))).toEqual(MALFORMED)
    }
  })
})

describe('parseLoginParameters', () => {
  test('reads back what it gave out', () => {
    fc.assert(
      fc.property(loginParameters, (parameters) => {
        const read = parseLoginParameters(parameters)
        expect(parseLoginParameters(JSON.parse(JSON.stringify(read)))).toEqual(
          JSON.parse(JSON.stringify(parameters)),
        )
      }),
    )
  })
})

describe('isJson', () => {
  test('accepts what JSON keeps, and nothing that it would lose', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        expect(isJson(JSON.parse(JSON.stringify(value)))).toBe(true)
      }),
    )
    for (const value of [
      undefined,
      () => 1,
      Symbol('x'),
      1n,
      new Date(0),
      /x/,
      new Uint8Array(1),
    ]) {
      expect(isJson(value)).toBe(false)
    }
  })

  test('refuses at once what is small as a message, and as text would have no end', () => {
    const shared = (bottom: unknown, times: number): unknown =>
      Array.from({ length: 10 }).reduce(
        (inner: unknown) => Array.from({ length: times }, () => inner),
        bottom,
      )
    const holes = Object.assign([], { length: 2 ** 32 - 1 })
    const long = 'A'.repeat(1_000_000)
    for (const appState of [
      shared(0, 32),
      shared({ a: null }, 1000),
      holes,
      [[holes]],
      Array.from({ length: 8000 }, () => long),
      Array.from({ length: 8000 }, () => ({ [long]: 1 })),
    ]) {
      expect(isJson(appState)).toBe(false)
      expect(parseRequest(login({ appState }))).toEqual(MALFORMED)
    }
  })
})

test('a login link without an address to send it to is refused', () => {
  for (const parameters of [{}, { loginHint: '' }, { loginHint: 7 }, undefined]) {
    expect(parseRequest(envelope({ type: 'send-login-link', parameters }))).toEqual(MALFORMED)
  }
})
