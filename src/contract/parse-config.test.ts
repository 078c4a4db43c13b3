import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyMessage } from '../../e2e/unit/arbitraries.ts'
import { API, ISSUER, smallConfig } from '../../e2e/unit/parsed-config.ts'
import type { ParsedConfig } from './config.ts'
import { isLoopback } from './field-reader.ts'
import { RESERVED_PARAMETERS, parseConfig } from './parse-config.ts'

/** The problems that are reported for a configuration, without the first line. */
function problemsOf(config: unknown): readonly string[] {
  try {
    parseConfig(config)
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as TypeError).message.split('\n').slice(1)
  }
  return []
}

const withClient = (change: object): unknown => ({
  ...smallConfig,
  clients: { main: { issuer: ISSUER, clientId: 'app', ...change } },
})
const withResource = (change: object): unknown => ({
  ...smallConfig,
  resources: [{ url: API, ...change }],
})

describe('parseConfig', () => {
  test('fills in every default of the smallest configuration', () => {
    expect(parseConfig(smallConfig)).toEqual({
      clients: [
        {
          name: 'default',
          issuer: ISSUER,
          clientId: 'app',
          redirectPath: '/auth/callback',
          scope: ['openid'],
          responseMode: 'query',
          par: 'auto',
          loginLink: false,
          authorizationDetails: [],
          resourceIndicators: [],
          logout: 'auto',
          dpop: 'never',
          allowedLoginParams: [],
          claims: expect.arrayContaining(['name', 'email']) as string[],
          userInfo: false,
          clockToleranceSeconds: 30,
          refreshLeewaySeconds: 30,
          idTokenSigningAlgs: expect.arrayContaining(['RS256', 'ES256', 'EdDSA']) as string[],
        },
      ],
      resources: [
        {
          origin: 'https://api.example',
          pathPrefix: '/v1/',
          methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
          destinations: ['fetch', 'eventsource'],
          client: 'default',
          replayBodyLimitBytes: 64 * 1024 * 1024,
        },
      ],
      storage: 'memory',
      deploymentCheck: 'warn',
      developmentPanel: false,
      loginPath: '/auth/login',
      logoutPath: '/auth/logout',
      downloadPath: '/auth/download/',
    } satisfies ParsedConfig)
  })

  test('keeps everything that a valid configuration says', () => {
    const fields = {
      redirectPath: fc.constantFrom('/cb', '/auth/done', '/a/b/c.html'),
      scope: fc.constantFrom('openid', 'openid profile', 'api.read'),
      responseMode: fc.constantFrom(
        ...['query', 'fragment', 'form_post'].flatMap((mode) => [mode, `${mode}.jwt`]),
      ),
      par: fc.constantFrom('auto', 'required', 'never'),
      loginLink: fc.boolean(),
      logout: fc.constantFrom('auto', 'auth0', 'cognito', 'none'),
      dpop: fc.constantFrom('auto', 'required', 'never'),
      allowedLoginParams: fc.subarray(['audience', 'kc_idp_hint', 'ui_theme']),
      claims: fc.subarray(['name', 'roles', 'tenant']),
      userInfo: fc.boolean(),
      clockToleranceSeconds: fc.integer({ min: 0, max: 300 }),
      refreshLeewaySeconds: fc.integer({ min: 0, max: 3600 }),
      idTokenSigningAlgs: fc.subarray(['RS256', 'ES256', 'EdDSA'], { minLength: 1 }),
    }
    fc.assert(
      fc.property(fc.record(fields), fc.nat({ max: 2 ** 30 }), (client, replayBodyLimitBytes) => {
        const parsed = parseConfig({
          ...(withClient(client) as object),
          resources: [{ url: API, methods: ['GET', 'QUERY'], replayBodyLimitBytes }],
          storage: 'shared-indexeddb',
          developmentPanel: true,
          loginPath: '/in',
          logoutPath: '/out',
        })
        expect(parsed).toMatchObject({
          clients: [{ ...client, name: 'main', scope: client.scope.split(' ') }],
          resources: [{ methods: ['GET', 'QUERY'], client: 'main', replayBodyLimitBytes }],
          storage: 'shared-indexeddb',
          developmentPanel: true,
          loginPath: '/in',
          logoutPath: '/out',
        })
      }),
    )
  })

  test('refuses anything else with a TypeError, and never with another error', () => {
    fc.assert(
      fc.property(anyMessage, (input) => {
        expect(problemsOf(input).length).toBeGreaterThan(0)
        for (const name of ['clients', 'resources']) {
          problemsOf({ ...smallConfig, [name]: input })
        }
        problemsOf({ ...smallConfig, resources: [input] })
        problemsOf({ ...smallConfig, clients: { main: input } })
      }),
    )
  })

  test.each<[string, unknown, string]>([
    ['an unknown option', { ...smallConfig, debug: true }, 'config.debug'],
    ['another topology', { ...smallConfig, topology: 'proxy' }, 'config.topology'],
    ['another storage', { ...smallConfig, storage: 'local-storage' }, 'config.storage'],
    ['another check', { ...smallConfig, deploymentCheck: true }, 'config.deploymentCheck'],
    ['a panel that is no flag', { ...smallConfig, developmentPanel: 'yes' }, 'developmentPanel'],
    ['a scope that is a URL', { ...smallConfig, scope: 'https://x/' }, 'config.scope'],
    ['a login path that is a URL', { ...smallConfig, loginPath: 'https://x/' }, 'config.loginPath'],
    ['a login path with a query', { ...smallConfig, loginPath: '/x?y' }, 'config.loginPath'],
    ['a path with //', { ...smallConfig, logoutPath: '//evil' }, 'config.logoutPath'],
    ['a path with dots', { ...smallConfig, logoutPath: '/a/../b' }, 'config.logoutPath'],
    ['a path with encoding', { ...smallConfig, logoutPath: '/%61' }, 'config.logoutPath'],
    [
      'a path of one download only',
      { ...smallConfig, downloadPath: '/get' },
      'config.downloadPath',
    ],
    ['a path for all', { ...smallConfig, downloadPath: '/auth/' }, 'config.downloadPath'],
    [
      'no destination',
      withResource({ destinations: [] }),
      'config.resources[0].destinations: is empty; leave it out for fetch, eventsource',
    ],
    [
      'a destination of browsers',
      withResource({ destinations: ['image', 'video'] }),
      "config.resources[0].destinations: 'video' is none of fetch, eventsource, image, media,",
    ],
    [
      'a destination twice',
      withResource({ destinations: ['image', 'fetch', 'image'] }),
      "config.resources[0].destinations: has 'image' twice",
    ],
    [
      'beacons that cannot be sent',
      withResource({ destinations: ['fetch', 'beacon'], methods: ['GET'] }),
      "config.resources[0].destinations: 'beacon' needs POST in methods",
    ],
    [
      'downloads that cannot be got',
      withResource({ destinations: ['download'], methods: ['POST'] }),
      "config.resources[0].destinations: 'download' needs GET in methods",
    ],
    [
      'destinations that are no list',
      withResource({ destinations: 'image' }),
      'config.resources[0].destinations: must be a list',
    ],
    ['equal paths', { ...smallConfig, logoutPath: '/auth/login' }, 'config.logoutPath'],
    ['no client', { ...smallConfig, clients: {}, resources: [] }, 'config.clients'],
    ['resources that are no list', { ...smallConfig, resources: {} }, 'config.resources'],
    ['an unknown client option', withClient({ secret: 'x' }), 'config.clients.main.secret'],
    ['a client secret', withClient({ clientSecret: 'x' }), 'config.clients.main.clientSecret'],
    ['an empty client id', withClient({ clientId: '' }), 'config.clients.main.clientId'],
    ['no client id', withClient({ clientId: undefined }), 'config.clients.main.clientId'],
    ['a scope that is a list', withClient({ scope: ['openid'] }), 'config.clients.main.scope'],
    ['a scope with quotes', withClient({ scope: 'a"b' }), 'config.clients.main.scope'],
    [
      'web_message',
      withClient({ responseMode: 'web_message' }),
      'config.clients.main.responseMode',
    ],
    ['another logout', withClient({ logout: 'okta' }), 'logout'],
    ['a userInfo that is no flag', withClient({ userInfo: 'yes' }), 'userInfo'],
    ['dpop as a switch', withClient({ dpop: true }), 'config.clients.main.dpop'],
    ['a negative tolerance', withClient({ clockToleranceSeconds: -1 }), 'clockToleranceSeconds'],
    ['a huge tolerance', withClient({ clockToleranceSeconds: 301 }), 'clockToleranceSeconds'],
    ['a fraction', withClient({ refreshLeewaySeconds: 0.5 }), 'refreshLeewaySeconds'],
    ['a number as text', withClient({ refreshLeewaySeconds: '30' }), 'refreshLeewaySeconds'],
    ['none', withClient({ idTokenSigningAlgs: ['none'] }), 'idTokenSigningAlgs'],
    ['HS256', withClient({ idTokenSigningAlgs: ['RS256', 'HS256'] }), 'idTokenSigningAlgs'],
    ['no algorithm', withClient({ idTokenSigningAlgs: [] }), 'idTokenSigningAlgs'],
    ['metadata as text', withClient({ metadata: 'x' }), 'config.clients.main.metadata'],
    [
      'metadata of another issuer',
      withClient({ metadata: { issuer: `${ISSUER}/` } }),
      'config.clients.main.metadata',
    ],
    [
      'a redirect path that is the login path',
      withClient({ redirectPath: '/auth/login' }),
      'config.clients.main.redirectPath',
    ],
    ['an unknown client', withResource({ client: 'other' }), 'config.resources[0].client'],
    ['a method in lower case', withResource({ methods: ['get'] }), 'config.resources[0].methods'],
    ['TRACE', withResource({ methods: ['TRACE'] }), 'config.resources[0].methods'],
    ['a negative limit', withResource({ replayBodyLimitBytes: -1 }), 'replayBodyLimitBytes'],
    ['an unknown resource option', withResource({ origin: '*' }), 'config.resources[0].origin'],
    ['responseMode jwt', withClient({ responseMode: 'jwt' }), `write 'query.jwt'`],
    ['another way to push', withClient({ par: true }), 'config.clients.main.par'],
    ['a login link that is a text', withClient({ loginLink: 'yes' }), 'clients.main.loginLink'],
    ...[{ type: 'x' }, 'x', 7].map((value): [string, unknown, string] => [
      `details that are ${JSON.stringify(value)}`,
      withClient({ authorizationDetails: value }),
      'config.clients.main.authorizationDetails',
    ]),
    ...[{}, { type: '' }, { type: 7 }, 'x', null, [], { type: 'x', at: new Date(0) }].map(
      (detail): [string, unknown, string] => [
        `the detail ${JSON.stringify(detail)}`,
        withClient({ authorizationDetails: [{ type: 'x' }, detail] }),
        'config.clients.main.authorizationDetails[1]',
      ],
    ),
    [
      'a type of detail that the metadata does not list',
      withClient({
        metadata: { issuer: ISSUER, authorization_details_types_supported: ['a', 'b'] },
        authorizationDetails: [{ type: 'a' }, { type: 'c' }],
      }),
      'config.clients.main.authorizationDetails[1]',
    ],
    ...['/v1/', 'api', 'https://api.example/#x', 'urn:a b', '//api.example'].map(
      (resource): [string, unknown, string] => [
        `the resource indicator ${JSON.stringify(resource)}`,
        withResource({ resource }),
        'config.resources[0].resource',
      ],
    ),
    ['an empty resource indicator', withResource({ resource: '' }), 'resources[0].resource'],
    ['an empty audience', withResource({ audience: '' }), 'config.resources[0].audience'],
    [
      'an audience that a page may set too',
      {
        ...(withClient({ allowedLoginParams: ['audience'] }) as object),
        resources: [{ url: API, audience: 'x' }],
      },
      'config.clients.main.allowedLoginParams',
    ],
    [
      'several audiences for one token',
      {
        ...smallConfig,
        resources: [
          { url: API, audience: 'a' },
          { url: 'https://two.example/', audience: 'b' },
        ],
      },
      'give each audience a client of its own',
    ],
    ...['resource', 'audience'].map((name): [string, unknown, string] => [
      `an API without ${name} beside one that has it`,
      {
        ...smallConfig,
        resources: [{ url: API, [name]: 'urn:a' }, { url: 'https://two.example/' }],
      },
      'give it to all',
    ]),
    ['an empty scope', withResource({ scope: '' }), 'config.resources[0].scope'],
    ['a scope of spaces', withResource({ scope: ' ' }), 'config.resources[0].scope'],
    [
      'a scope that the client does not ask for',
      withResource({ scope: 'openid admin' }),
      'which lacks admin',
    ],
  ])('reports %s once, and where it is', (_what, config, place) => {
    const problems = problemsOf(config)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(place)
  })

  test.each<[string, unknown, string]>([
    ['a list of clients', { ...smallConfig, clients: [] }, 'config.clients'],
    ['a resource that is a text', { ...smallConfig, resources: [API] }, 'config.resources[0]'],
    ['nothing', undefined, 'config'],
  ])('reports %s first of all that follows from it', (_what, config, place) => {
    expect(problemsOf(config)[0]).toContain(`- ${place}: `)
  })

  test('reports all mistakes at once', () => {
    const problems = problemsOf({ clients: { main: { issuer: 'x' } }, resources: [{}], extra: 1 })
    for (const place of ['extra', 'topology', 'main.issuer', 'main.clientId', 'resources[0].url']) {
      expect(problems.join('\n')).toContain(`config.${place.replace(/^main/, 'clients.main')}`)
    }
  })

  test.each([
    'http://api.example/v1/',
    'https://user@api.example/v1/',
    'https://user:pass@api.example/v1/',
    'https://api.example./v1/',
    'https://API.example/v1/',
    'https://api.example:443/v1/',
    'https://api.example/v1/../',
    'https://api.example/a/%2e%2e/v1/',
    'https://api.example/v1',
    'https://api.example/v1/?x=/',
    'https://api.example/v1/?',
    'https://api.example/v1/#/',
    'https://api.example/v1/#',
    String.raw`https:\\api.example\v1\ `.trim(),
    ' https://api.example/v1/',
    'https://api.example/v1/\n',
    'https://bücher.example/',
    'https://api。example/',
    '//api.example/v1/',
    '/v1/',
    '*',
    'https://',
    'https://*',
    'data:text/plain,/',
    'javascript:/',
    'file:///v1/',
    'ws://api.example/',
    'http://localhost.evil.example/',
    'http://127.0.0.1.evil.example/',
    'http://evil-localhost/',
    'http://10.0.0.1/',
    'http://0x7f.1/',
  ])('refuses the resource URL %j', (url) => {
    expect(problemsOf(withResource({ url }))).not.toEqual([])
  })

  test.each([
    'https://api.example/',
    'https://api.example:8443/v1/',
    'https://xn--bcher-kva.example/',
    'http://localhost:4001/v1/',
    'http://api.localhost/',
    'http://127.0.0.1:4001/',
    'http://[::1]:4001/',
  ])('accepts the resource URL %s', (url) => {
    const [resource] = parseConfig(withResource({ url })).resources
    expect(`${resource?.origin}${resource?.pathPrefix}`).toBe(url)
  })

  test.each(['http://as.example', 'https://as.example?x', 'https://as.example#', 'as.example', ''])(
    'refuses the issuer %j',
    (issuer) => {
      expect(problemsOf(withClient({ issuer }))).not.toEqual([])
    },
  )

  test.each([
    'https://as.example',
    'https://as.example/',
    'https://as.example/realms/a',
    'http://localhost:4000',
  ])('keeps the issuer %s exactly as it is written', (issuer) => {
    expect(parseConfig(withClient({ issuer })).clients[0]?.issuer).toBe(issuer)
  })

  test('reserves what says what a token is good for', () => {
    for (const name of ['scope', 'resource', 'authorization_details']) {
      expect(RESERVED_PARAMETERS).toContain(name)
    }
  })

  test.each([...RESERVED_PARAMETERS])('never lets a page set %s', (name) => {
    const problems = problemsOf(withClient({ allowedLoginParams: ['audience', name] }))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain('config.clients.main.allowedLoginParams')
  })

  test.each(['nonce', 'at_hash', 'c_hash', 's_hash', 'cnf', 'jti', 'sid', 'azp', 'aud', 'iss'])(
    'never shows the claim %s to a page',
    (claim) => {
      const problems = problemsOf(withClient({ claims: ['name', claim] }))
      expect(problems).toHaveLength(1)
      expect(problems[0]).toContain('config.clients.main.claims')
    },
  )

  test.each([
    [ISSUER, `${ISSUER}/`],
    [`${ISSUER}/realms/a`, `${ISSUER}/`],
    [`${ISSUER}/realms/a`, `${ISSUER}/realms/`],
    [`${ISSUER}/realms/a`, `${ISSUER}/realms/a/`],
  ])('refuses a resource that covers the authorization server: %s in %s', (issuer, url) => {
    const config = { ...smallConfig, clients: { issuer, clientId: 'app' }, resources: [{ url }] }
    expect(problemsOf(config).join()).toContain('config.resources')
  })

  test('accepts a resource beside the authorization server on one host', () => {
    expect(problemsOf({ ...smallConfig, resources: [{ url: `${ISSUER}/api/` }] })).toEqual([])
  })

  test('wants to know whose token a resource gets when there are several clients', () => {
    const clients = {
      one: { issuer: ISSUER, clientId: '1' },
      two: { issuer: ISSUER, clientId: '2', redirectPath: '/two' },
    }
    expect(problemsOf({ ...smallConfig, clients })[0]).toContain('config.resources[0].client')
    expect(
      problemsOf({ ...smallConfig, clients, resources: [{ url: API, client: 'two' }] }),
    ).toEqual([])
  })

  test('gathers for each client what its APIs are called, each once', () => {
    const client = { issuer: ISSUER, clientId: '1' }
    const resource = 'https://api.example/'
    const parsed = parseConfig({
      ...smallConfig,
      clients: { one: client, two: client, three: client },
      resources: [
        { url: API, client: 'one', resource, audience: 'a' },
        { url: 'https://api.example/v2/', client: 'one', resource, audience: 'a' },
        { url: 'https://b.example/', client: 'one', resource: 'urn:b', audience: 'a' },
        { url: 'https://c.example/', client: 'two', audience: 'c' },
      ],
    })
    expect(parsed.clients).toMatchObject([
      { name: 'one', resourceIndicators: [resource, 'urn:b'], audience: 'a' },
      { name: 'two', resourceIndicators: [], audience: 'c' },
      { name: 'three', resourceIndicators: [] },
    ])
    expect(parsed.clients[2]).not.toHaveProperty('audience')
  })

  test('gives each API what its token is asked for with; that of a sign-in is for the first', () => {
    const { resources } = parseConfig({
      ...smallConfig,
      clients: { issuer: ISSUER, clientId: '1', scope: 'openid read write' },
      resources: [
        { url: API, resource: 'urn:a', scope: 'read' },
        { url: 'https://api.example/v2/', resource: 'urn:a' },
        { url: 'https://b.example/', resource: 'urn:b' },
      ],
    })
    expect(resources.map(({ target }) => target)).toEqual([
      { key: 'urn:a read', resource: 'urn:a', scope: ['read'], isDefault: false },
      { key: 'urn:a ', resource: 'urn:a', isDefault: true },
      { key: 'urn:b ', resource: 'urn:b', isDefault: false },
    ])
  })

  test('tells no tokens apart where no API says what its token is for', () => {
    for (const { target } of parseConfig(withResource({})).resources) {
      expect(target).toBeUndefined()
    }
  })

  test('keeps authorization details as they are', () => {
    const details = [{ type: 'payment', actions: ['initiate'], at: { deep: [1, null, true] } }]
    const { clients } = parseConfig(withClient({ authorizationDetails: details }))
    expect(clients[0]?.authorizationDetails).toEqual(details)
    const metadata = { issuer: ISSUER, authorization_details_types_supported: ['payment'] }
    expect(problemsOf(withClient({ authorizationDetails: details, metadata }))).toEqual([])
  })

  test('does not take options from a prototype', () => {
    const polluted = Object.create({ storage: 'shared-indexeddb' }) as object
    expect(parseConfig(Object.assign(polluted, smallConfig)).storage).toBe('memory')
  })
})

describe('isLoopback', () => {
  test('is true for loopback hosts only', () => {
    for (const host of ['localhost', 'a.localhost', '127.0.0.1', '127.255.0.9', '[::1]']) {
      expect(isLoopback(host)).toBe(true)
    }
    for (const host of [
      'localhost.example',
      'alocalhost',
      '128.0.0.1',
      '[::2]',
      '127.0.0.1.x',
      '',
    ]) {
      expect(isLoopback(host)).toBe(false)
    }
  })
})
