import { describe, expect, test } from 'vitest'
import { apisCases } from '../../e2e/unit/doctor/apis-cases.ts'
import { appCases } from '../../e2e/unit/doctor/app-cases.ts'
import {
  deaf,
  headers,
  HTML,
  metadata,
  policy,
  reply,
  SCRIPT,
  vault,
  when,
} from '../../e2e/unit/doctor/breaks.ts'
import { diagnose, type Case } from '../../e2e/unit/doctor/diagnose.ts'
import { metadataCases } from '../../e2e/unit/doctor/metadata-cases.ts'
import { serversCases } from '../../e2e/unit/doctor/servers-cases.ts'
import { vaultCases } from '../../e2e/unit/doctor/vault-cases.ts'
import { workerCases } from '../../e2e/unit/doctor/worker-cases.ts'
import type { Break } from '../../e2e/unit/doctor/small-deployment.ts'
import { FINDINGS } from './catalogue.ts'
import { isFinding } from './finding.ts'

const cases: readonly Case[] = [
  ...appCases,
  ...workerCases,
  ...vaultCases,
  ...metadataCases,
  ...serversCases,
  ...apisCases,
]

const PUSHED = { require_pushed_authorization_requests: true }
const NOWHERE = { pushed_authorization_request_endpoint: undefined }

describe('the doctor', () => {
  test.each([
    ['same-origin', false],
    ['same-origin', true],
    ['vault', false],
    ['vault', true],
  ] as const)(
    'has nothing to say of a right deployment (%s, https: %s)',
    async (topology, https) => {
      const results = await diagnose({ topology, https })
      expect(results.filter(isFinding)).toEqual([])
      expect(results).toEqual([expect.objectContaining({ check: 'client' })])
    },
  )

  test.each(cases)('finds exactly $id when $when', async ({ id, and = [], says, ...options }) => {
    const findings = (await diagnose(options)).filter(isFinding)
    expect(new Set(findings.map((finding) => finding.id))).toEqual(new Set([id, ...and]))
    const { level, check } = FINDINGS[id]
    const own = findings.filter((finding) => finding.id === id)
    expect(own[0]).toMatchObject({ level, check })
    const words = own.flatMap(({ what, change }) => [what, change]).join('\n')
    if (says !== undefined) expect(words).toMatch(says)
  })

  test('has a test of each finding', () => {
    const tested = new Set<string>(cases.map(({ id }) => id))
    const untested = Object.entries(FINDINGS).filter(
      ([id, { check }]) => check !== 'browser' && !tested.has(id),
    )
    expect(untested).toEqual([])
  })

  test('says that it cannot tell when the server shows the same page whatever the redirect URI is', async () => {
    const results = await diagnose({ break: reply('server', '/auth', { status: 200 }) })
    expect(results.filter(isFinding)).toEqual([])
    expect(results).toContainEqual({
      check: 'redirect-uri',
      reason: expect.stringContaining('whatever the redirect URI is'),
    })
  })

  test('says what else it cannot tell: an unusual answer to a code, and the time', async () => {
    const unusual: Break = (asked, right, origins) =>
      reply('server', '/token', { status: 400, body: '{"error":"slow_down"}' })(
        asked,
        right,
        origins,
      ) ?? headers('server', '/jwks', { date: 'soon' })(asked, right, origins)
    const results = await diagnose({ break: unusual })
    expect(results.filter(isFinding)).toEqual([])
    expect(results).toEqual([
      { check: 'client', reason: expect.stringContaining('answers 400 slow_down to a code') },
      { check: 'client', reason: expect.stringContaining('rotates refresh tokens') },
      { check: 'clock', reason: expect.stringContaining('does not say what time it is') },
    ])
  })

  test('takes a login page for acceptance where others are refused', async () => {
    const shown: Break = ({ path, query }, right, { app }) =>
      path === '/auth' && query.get('redirect_uri') === `${app}/auth/callback`
        ? { ...right, status: 302, headers: { location: '/login' } }
        : undefined
    const results = await diagnose({ break: shown })
    expect(results).toEqual([expect.objectContaining({ check: 'client' })])
  })

  test('asks for the response as the client does, and reads it from a form', async () => {
    const posts: Break = ({ path, query }, right) => {
      if (path !== '/auth') return undefined
      const uri = query.get('redirect_uri') ?? ''
      if (query.get('response_mode') !== 'form_post') return { ...right, status: 400 }
      return uri.startsWith('https://token-guardian-doctor.invalid/')
        ? { ...right, status: 200, body: 'This is not registered' }
        : { ...right, status: 200, body: `<form method="post" action="${uri}">` }
    }
    const results = await diagnose({ break: posts, client: { responseMode: 'form_post' } })
    expect(results.filter(isFinding)).toEqual([
      expect.objectContaining({
        id: 'redirect-uri-open',
        what: expect.stringMatching(/^It accepts http:\S+\/token-guardian-doctor and http:\S+ for/),
      }),
    ])
  })

  test('does not take it for acceptance when the server answers to what is registered', async () => {
    const corrects: Break = ({ path }, right, { app }) =>
      path === '/auth'
        ? {
            ...right,
            status: 303,
            headers: { location: `${app}/auth/callback?error=login_required` },
          }
        : undefined
    const results = await diagnose({ break: corrects })
    expect(results.filter(isFinding)).toEqual([])
  })

  test('is content with a redirect that a page may not look into', async () => {
    const asPage: Case['ask'] = (ask) => async (url, question) => {
      if (!url.includes('/auth/')) return ask(url, question)
      return { status: 0, headers: { get: () => null }, text: '', isOpaque: true }
    }
    expect((await diagnose({ ask: asPage })).filter(isFinding)).toEqual([])
  })

  test('does not miss the issuer in responses that are signed', async () => {
    const signs = metadata(() => ({
      response_modes_supported: ['query.jwt'],
      authorization_response_iss_parameter_supported: undefined,
    }))
    const results = await diagnose({ break: signs, client: { responseMode: 'query.jwt' } })
    expect(results.filter(isFinding)).toEqual([])
  })

  test('says that there is no metadata where the server cannot be asked', async () => {
    const results = await diagnose({
      ask: (ask) => async (url, question) =>
        url.includes('/.well-known/') ? { failed: 'ECONNREFUSED' } : ask(url, question),
    })
    expect(results.filter(isFinding)).toEqual([
      expect.objectContaining({
        id: 'metadata-unreachable',
        what: expect.stringContaining('cannot be reached: ECONNREFUSED'),
      }),
    ])
    const left = results.filter((result) => !isFinding(result)).map(({ check }) => check)
    expect(left).toEqual(['server-cors', 'client', 'redirect-uri'])
  })

  test.each([
    ['does not answer', { ask: deaf('/par') }],
    ['is not there', { break: metadata(() => ({ ...PUSHED, ...NOWHERE })) }],
  ])(
    'cannot tell of redirect URIs when the endpoint for pushed requests %s',
    async (_what, how) => {
      const results = await diagnose({ break: metadata(() => PUSHED), ...how })
      expect(results).toContainEqual({
        check: 'redirect-uri',
        reason: expect.stringContaining('cannot be asked'),
      })
    },
  )

  test('has nothing to say of a right server that is used for all it can', async () => {
    const results = await diagnose({
      client: { userInfo: true, dpop: 'required', par: 'required' },
      break: metadata(() => ({ dpop_signing_alg_values_supported: ['ES256'] })),
    })
    expect(results).toEqual([])
  })

  test('does not ask for what the server does not have, or the client does not use', async () => {
    const bare: Break = (asked, right, origins) =>
      metadata(() => ({ revocation_endpoint: undefined, dpop_signing_alg_values_supported: [] }))(
        asked,
        right,
        origins,
      ) ??
      headers('server', '/userinfo', { 'access-control-allow-origin': null })(asked, right, origins)
    expect((await diagnose({ break: bare })).filter(isFinding)).toEqual([])
  })

  test('says which files of a vault do not answer', async () => {
    for (const path of ['/popup.html', '/token-guardian-missing-page']) {
      const results = await diagnose({ ...vault, ask: deaf(path) })
      expect(results.filter(isFinding)).toEqual([])
      expect(results.some(({ check }) => check === 'vault')).toBe(path === '/popup.html')
    }
  })

  test.each([
    ['an error, whatever its type is', { status: 403, headers: SCRIPT }],
    ['a page', { status: 200, headers: HTML }],
  ])('takes a foreign worker script for refused when the answer is %s', async (_what, answer) => {
    const refuses: Break = ({ headers: sent, path }, right) =>
      'service-worker' in sent && /\/(?:bridge|assets\/app)\.js$/.test(path)
        ? { ...right, ...answer }
        : undefined
    for (const topology of ['vault', 'same-origin'] as const) {
      expect((await diagnose({ topology, break: refuses })).filter(isFinding)).toEqual([])
    }
  })

  test('names the path of what one path lacks, and each file that is missing', async () => {
    const without = headers('vault', '/bridge.html', { 'origin-agent-cluster': null })
    const [finding] = (await diagnose({ ...vault, break: without })).filter(isFinding)
    expect(finding?.subject).toMatch(/\/bridge\.html$/)
    expect(finding?.what).toBe('/bridge.html has no Origin-Agent-Cluster: ?1')
    const empty = when(({ site }) => site === 'vault', { status: 404 })
    const missing = (await diagnose({ ...vault, break: empty })).filter(isFinding)
    expect(missing.map(({ id }) => id)).toContain('vault-file-missing')
    expect(missing.map(({ subject }) => new URL(subject).pathname)).toEqual(
      expect.arrayContaining(['/bridge.html', '/bridge.js', '/auth/callback', '/guardian-sw.js']),
    )
  })

  test('cannot tell of a worker script that does not answer, and leaves other scripts to a vault', async () => {
    const results = await diagnose({ ask: deaf('/sw.js') })
    expect(results).toContainEqual({
      check: 'worker',
      reason: expect.stringMatching(/sw\.js cannot be reached: ECONNRESET$/),
    })
    const served = reply('app', '/assets/app.js', { status: 200, headers: SCRIPT })
    expect((await diagnose({ ...vault, break: served })).filter(isFinding)).toEqual([])
  })

  test('asks an API for the methods only that its destinations have', async () => {
    const results = await diagnose({
      config: (config) => ({
        ...config,
        resources: config.resources.map((api) => ({ ...api, destinations: ['beacon'] })),
      }),
      break: headers('api', '/v1/', { 'access-control-allow-methods': 'POST' }),
    })
    expect(results.filter(isFinding)).toEqual([])
  })

  test('has nothing to say of a vault whose host answers POST to the callback', async () => {
    const results = await diagnose({ ...vault, client: { responseMode: 'form_post' } })
    expect(results.filter(isFinding)).toEqual([])
  })

  test('has no login link mailed', async () => {
    const asked: string[] = []
    const watch: Break = ({ path }) => void asked.push(path)
    const results = await diagnose({ break: watch, client: { loginLink: true } })
    expect(asked).toContain('/token')
    expect(asked).not.toContain('/auth')
    expect(results).toContainEqual({
      check: 'redirect-uri',
      reason: expect.stringContaining('mails a link for each request'),
    })
  })

  test('does not mind an error page that may do nothing at all', async () => {
    const strict = policy(/missing/, () => "default-src 'none'")
    expect((await diagnose({ break: strict })).filter(isFinding)).toEqual([])
  })

  test('follows the one redirect that hosts make between the names of a page', async () => {
    const clean: Break = ({ site, path }, right) => {
      if (site !== 'vault' || !['/bridge.html', '/bridge'].includes(path)) return undefined
      return path === '/bridge'
        ? { ...right, status: 200, headers: { ...HTML, ...right.headers } }
        : { ...right, status: 308, headers: { location: '/bridge' } }
    }
    // The host has the headers of the bridge under both names.
    const results = await diagnose({ ...vault, break: clean })
    expect(results.filter(isFinding)).toEqual([])
  })

  test('does not let a server write to the terminal', async () => {
    const issuer = `\u001b[31m${'x'.repeat(1000)}\r\nERROR  everything is fine`
    const [finding] = (await diagnose({ break: metadata(() => ({ issuer })) })).filter(isFinding)
    expect(finding?.what).toMatch(
      /^The metadata says ' \[31mx{100,}…', the configuration 'http:\S+'$/,
    )
  })

  test('sends no cookie, no Authorization, and no code that anybody issued', async () => {
    const sent: string[] = []
    const watch: Break = (asked) => {
      sent.push(JSON.stringify([asked.headers, [...asked.query], [...asked.form]]))
    }
    await diagnose({ break: watch, client: { dpop: 'auto', userInfo: true, par: 'required' } })
    expect(sent.length).toBeGreaterThan(30)
    for (const request of sent) expect(request).not.toMatch(/"(?:cookie|authorization|dpop)":/)
    expect(sent.join().match(/"code","[^"]*"/g)).toEqual(['"code","token-guardian-doctor"'])
  })
})
