const VERSION = 1

/** Messages that no honest page sends. None of them asks for something that a page may have, such as a sign-out. */
export function forgedMessages(): unknown[] {
  const types = [
    'get-token',
    'get-access-token',
    'get-refresh-token',
    'token',
    'tokens',
    'dump',
    'debug',
    'export',
    'eval',
    'set-config',
    'configure',
    'set-issuer',
    'add-resource',
    'add-client',
    'get-config',
    'get-verifier',
    'get-transaction',
    'decrypt',
    'sign',
    'proof',
    'fetch',
    'import',
    'SKIP_WAITING',
    'INIT',
    'CACHE_URLS',
    '',
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'get-session ',
    'GET-SESSION',
    'get-session\u0000',
  ]
  const config = {
    issuer: 'https://evil.example',
    clientId: 'evil',
    redirectPath: '/evil',
    resources: [{ url: 'https://evil.example/' }],
    scope: 'openid everything',
  }
  const asked = types.flatMap((type) => [
    { tokenGuardian: VERSION, request: { type } },
    { tokenGuardian: VERSION, request: { type, ...config } },
    { tokenGuardian: VERSION, type, id: 1, request: { type }, ...config },
    { type, payload: config, ...config },
    { version: VERSION, type, meta: 'workbox-broadcast-update', payload: config },
  ])
  return [...asked, ...overloaded(config), ...pollutions(), ...wrongShapes(), ...hugeOnes()]
}

/** Real questions with extra fields, in the hope that one of them is believed. */
function overloaded(config: object): unknown[] {
  return [
    { type: 'get-session', config, ...config },
    { type: 'get-session', client: '__proto__' },
    { type: 'get-session', client: 'constructor' },
    { type: 'get-session', include: ['tokens'], verbose: true, debug: true },
    { type: 'get-timeline' },
    { type: 'get-timeline', client: 'evil', include: ['tokens'], developmentPanel: true },
    { type: 'refresh', client: 'evil' },
    {
      type: 'refresh',
      token_endpoint: 'https://evil.example/token',
      resource: 'https://evil.example/',
    },
    { type: 'begin-login', parameters: {}, ...config },
    { type: 'begin-login', parameters: { ...config } },
    { type: 'begin-login', parameters: { returnTo: 'https://evil.example/' } },
    { type: 'begin-login', parameters: { returnTo: '//evil.example/' } },
    { type: 'begin-login', parameters: { returnTo: 'javascript:alert(1)' } },
    { type: 'begin-login', parameters: { returnTo: '/\\evil.example' } },
    ...[
      'redirect_uri',
      'client_id',
      'state',
      'scope',
      'request',
      'code_challenge',
      'response_mode',
    ].map((name) => ({
      type: 'begin-login',
      parameters: { authorizationParams: { [name]: 'https://evil.example/' } },
    })),
    { type: 'begin-logout', returnTo: 'https://evil.example/' },
  ].flatMap((request) => [
    { tokenGuardian: VERSION, request },
    { tokenGuardian: VERSION + 1, request },
    { tokenGuardian: String(VERSION), request },
  ])
}

function pollutions(): unknown[] {
  return ['__proto__', 'constructor', 'prototype'].flatMap((name) => {
    const evil = `{"${name}":{"type":"get-token","admin":true,"issuer":"https://evil.example"}}`
    return [
      JSON.parse(evil),
      { tokenGuardian: VERSION, request: JSON.parse(evil) as unknown },
      { tokenGuardian: VERSION, request: { type: 'get-session', ...(JSON.parse(evil) as object) } },
      JSON.parse(`{"tokenGuardian":1,"request":{"type":"begin-login","parameters":${evil}}}`),
    ] as unknown[]
  })
}

function wrongShapes(): unknown[] {
  const cycle: Record<string, unknown> = { tokenGuardian: VERSION }
  cycle['request'] = cycle
  const values = [
    null,
    undefined,
    0,
    NaN,
    '',
    'get-session',
    true,
    10n,
    [],
    {},
    new Date(0),
    /x/,
    new Map([['type', 'dump']]),
    new Set(['dump']),
    new Uint8Array(64),
    new Error('forged'),
    new Blob(['x']),
    [[[[]]]],
    cycle,
  ]
  return values
    .flatMap((value) => [
      value,
      { tokenGuardian: value, request: { type: 'get-session' } },
      { tokenGuardian: VERSION, request: value },
      { tokenGuardian: VERSION, request: { type: value } },
      { tokenGuardian: VERSION, request: { type: 'get-session', client: value } },
      { tokenGuardian: VERSION, request: { type: 'begin-login', parameters: value } },
    ])
    .filter((message) => !isHonest(message))
}

/** A sign-in with empty parameters is a question that every page may ask; asked here it would only leave litter. */
function isHonest(message: unknown): boolean {
  const request = (message as { request?: { type?: unknown; parameters?: unknown } } | null)
    ?.request
  const parameters = request?.parameters
  return (
    request?.type === 'begin-login' &&
    typeof parameters === 'object' &&
    parameters !== null &&
    Object.getPrototypeOf(parameters) === Object.prototype &&
    Object.keys(parameters).length === 0
  )
}

function hugeOnes(): unknown[] {
  let deep: unknown = 'bottom'
  for (let level = 0; level < 500; level += 1) deep = { deep }
  const long = 'A'.repeat(1_000_000)
  // Small as messages, for a message holds each object once; whoever walks through them never comes to an end.
  let shared: unknown = 'bottom'
  for (let level = 0; level < 12; level += 1) shared = Array.from({ length: 32 }, () => shared)
  const holes = Object.assign([], { length: 2 ** 32 - 1 })
  const endless = [shared, holes, [holes]]
  return [
    ...endless.flatMap((value) => [
      { tokenGuardian: VERSION, request: { type: 'begin-login', parameters: { appState: value } } },
      {
        tokenGuardian: VERSION,
        request: { type: 'begin-login', parameters: { acrValues: value } },
      },
      { tokenGuardian: VERSION, request: { type: 'get-session', client: value } },
    ]),
    { tokenGuardian: VERSION, request: { type: long } },
    { tokenGuardian: VERSION, request: { type: 'get-session', client: long } },
    { tokenGuardian: VERSION, request: { type: 'begin-login', parameters: { appState: deep } } },
    { tokenGuardian: VERSION, request: { type: 'begin-login', parameters: { loginHint: long } } },
    Array.from({ length: 20_000 }, (_, index) => ({ [index]: index })),
  ]
}
