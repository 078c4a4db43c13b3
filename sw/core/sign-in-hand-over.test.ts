import { beforeEach, describe, expect, test } from 'vitest'
import { decodeJws } from '../../src/testing/server/jws.ts'
import { expectFailure, expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import type { GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP, ISSUER } from '../../e2e/unit/parsed-config.ts'
import { OTHER_APP, VAULT, vaultInTest, type VaultInTest } from '../../e2e/unit/vault-in-test.ts'
import type { LoginParameters } from '../../src/contract/messages.ts'
import { answerNavigation } from './navigations.ts'
import { parseProofKey } from '../protocol/proof-key.ts'
import { readCarried, type HandOver } from './hand-over.ts'
import type { LoginPlace } from './sign-in.ts'

let vault: VaultInTest
let frame: GuardianInTest
let top: GuardianInTest

beforeEach(async () => {
  vault = await vaultInTest()
  ;({ frame, top } = vault)
})

/** The URL that the page gets from its frame. */
async function begin(login: LoginParameters = {}, place: LoginPlace = {}): Promise<URL> {
  return new URL(
    await frame.core.signIn.begin('default', login, { appOrigin: APP, ...place }),
    VAULT,
  )
}

async function navigate(
  guardian: GuardianInTest,
  kind: 'login' | 'callback',
  url: URL,
): Promise<string> {
  const answer = await answerNavigation(guardian.core, kind, url, undefined, guardian.waitUntil)
  await guardian.settled()
  return answer
}

/** The top-level vault, from the login path to the authorization server and back. @returns where the browser lands */
async function goThrough(url: URL): Promise<string> {
  const parameters = frame.server.authorize(await navigate(top, 'login', url))
  return navigate(top, 'callback', new URL(`${VAULT}/auth/callback?${parameters}`))
}

async function receive(handOver: HandOver | undefined, appOrigin = APP): Promise<void> {
  if (handOver === undefined) throw new Error('Nothing was handed over')
  await frame.core.completion.receive(handOver, appOrigin, frame.waitUntil)
  await frame.settled()
}

const landing = (guardian: GuardianInTest) =>
  guardian.ledger.takeLanding(frame.surroundings.wire.now())
const exchanges = (): number => frame.server.count('token', 'authorization_code')
const onlyErrand = () => [...frame.ledger.errands.values()][0]?.value

describe('begin', () => {
  test('gives out a URL that carries the wish and a challenge; the verifier stays in the storage of the frame', async () => {
    const url = await begin({ prompt: 'login', appState: { page: 7 } })
    expect(url.origin + url.pathname).toBe(`${VAULT}/auth/login`)
    const carried = readCarried(url.searchParams.get('carry'))
    expect(carried).toMatchObject({
      kind: 'login',
      client: 'default',
      returnTo: `${APP}/#_`,
      parameters: { prompt: 'login' },
      appOrigin: APP,
    })
    expect(carried?.parameters).not.toHaveProperty('appState')
    const { verifier = '' } = onlyErrand() ?? {}
    expect(verifier).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(url.href).not.toContain(verifier)
    expect(atob(url.searchParams.get('carry')?.replaceAll(/-|_/g, 'A') ?? '')).not.toContain(
      verifier,
    )
  })

  test('refuses a way back to anywhere but an app, and parameters that are not allowed', async () => {
    await expectFailure(begin({ returnTo: 'https://evil.example/' }), 'invalid-return-to')
    await expectFailure(begin({ returnTo: VAULT }), 'invalid-return-to')
    await expectFailure(begin({ authorizationParams: { resource: 'x' } }), 'parameter-not-allowed')
  })
})

describe('start at the top level', () => {
  test('asks with the challenge of the frame, and keeps no verifier', async () => {
    const url = await begin()
    const asked = new URL(await navigate(top, 'login', url)).searchParams
    expect(asked.get('code_challenge')).toBe(
      readCarried(url.searchParams.get('carry'))?.challenge ?? '',
    )
    expect(asked.get('redirect_uri')).toBe(`${VAULT}/auth/callback`)
    expect(top.ledger.transactions.size).toBe(1)
    expect(top.ledger.errands.size).toBe(0)
  })

  test('takes nothing from the URL where it is the frame’s own storage', async () => {
    const url = await begin()
    const own = new URL(await navigate(frame, 'login', url)).searchParams
    const { challenge } = readCarried(url.searchParams.get('carry')) ?? {}
    expect(own.get('code_challenge')).not.toBe(challenge)
  })

  test('lands on an app’s start page for a made-up way back, and refuses made-up parameters', async () => {
    const forge = (change: object): URL => {
      const carry = {
        kind: 'login',
        client: 'default',
        returnTo: `${APP}/`,
        parameters: {},
        challenge: 'x'.repeat(43),
        appOrigin: APP,
        ...change,
      }
      const text = btoa(JSON.stringify(carry)).replaceAll('=', '')
      return new URL(`${VAULT}/auth/login?request=forged&carry=${text}`)
    }
    expect(await goThrough(forge({ returnTo: 'https://evil.example/' }))).toBe(`${APP}/#_`)
    await landing(top)
    const parameters = { authorizationParams: { resource: 'x' } }
    expect(await navigate(top, 'login', forge({ parameters }))).toBe(`${APP}/#_`)
    expect(await landing(top)).toMatchObject({ error: { code: 'parameter-not-allowed' } })
    expect(await navigate(top, 'login', forge({ client: 'other' }))).toBe(`${APP}/#_`)
    expect(await landing(top)).toMatchObject({ error: { code: 'unknown-client' } })
    expect(await navigate(top, 'login', new URL(`${VAULT}/auth/login?request=x&carry=x`))).toBe(
      `${APP}/#_`,
    )
    expect(await landing(top)).toMatchObject({ error: { code: 'unknown-state' } })
  })
})

describe('the way back', () => {
  test('hands the response over to the frame, which signs in with what only it has', async () => {
    const url = await begin({ returnTo: '/orders', appState: { page: 7 } })
    expect(await goThrough(url)).toBe(`${APP}/orders#_`)
    expect(await top.tokens.read('default')).toBeUndefined()
    expect(exchanges()).toBe(0)
    const [handOver] = vault.handedOver
    expect(handOver).toMatchObject({ appOrigin: APP, errand: url.searchParams.get('request') })
    await receive(handOver)
    expect(await landing(frame)).toEqual({ client: 'default' })
    expect(await frame.core.sessions.session('default')).toMatchObject({
      status: 'signed-in',
      appState: { page: 7 },
    })
    expect(await top.tokens.read('default')).toBeUndefined()
  })

  test('hands a popup’s response over by its last page, once', async () => {
    const url = await begin({}, { display: 'popup' })
    expect(await goThrough(url)).toBe(`${VAULT}/popup.html#_`)
    expect(vault.handedOver).toEqual([])
    const now = frame.surroundings.wire.now()
    expect(await top.ledger.takeHandOver(now)).toMatch(/^[A-Za-z0-9_-]+$/)
    expect(await top.ledger.takeHandOver(now)).toBeUndefined()
  })

  test('says the server’s refusal in the frame', async () => {
    const asked = new URL(await navigate(top, 'login', await begin({ prompt: 'none' })))
    const response = new URLSearchParams({
      error: 'login_required',
      error_description: 'secret text',
      state: asked.searchParams.get('state') ?? '',
      iss: frame.server.issuer,
    })
    await navigate(top, 'callback', new URL(`${VAULT}/auth/callback?${response}`))
    expect(JSON.stringify(vault.handedOver)).not.toContain('secret')
    await receive(vault.handedOver[0])
    expect(await landing(frame)).toMatchObject({ error: { code: 'login-required' } })
    expect(exchanges()).toBe(0)
  })

  test('ends in the popup also when it fails', async () => {
    const asked = await navigate(top, 'login', await begin({}, { display: 'popup' }))
    const parameters = frame.server.authorize(asked)
    const byFragment = new URL(`${VAULT}/auth/callback#${parameters}`)
    expect(await navigate(top, 'callback', byFragment)).toBe(`${VAULT}/popup.html#_`)
    expect(await landing(top)).toMatchObject({ error: { code: 'invalid-response' } })
    expect(top.events.at(-1)).toEqual({ type: 'popup-finished', client: 'default' })
  })
})

describe('receive', () => {
  let handOver: HandOver

  beforeEach(async () => {
    await goThrough(await begin())
    const [first] = vault.handedOver
    if (first) handOver = first
  })

  /** Nothing was asked of the server, nobody is signed in, and no page is told anything. */
  async function expectNothing(): Promise<void> {
    expect(exchanges()).toBe(0)
    expect(await frame.tokens.read('default')).toBeUndefined()
    expect(await landing(frame)).toBeUndefined()
    expect(frame.events).toEqual([])
  }

  /** Refused with this code after it was looked at. */
  async function expectRefused(code: string): Promise<void> {
    expect(await frame.tokens.read('default')).toBeUndefined()
    const landed = await landing(frame)
    expect(landed).toMatchObject({ error: { code } })
    expectNoSecret(landed)
  }

  test('takes a hand-over once; a replay swaps no session', async () => {
    await receive(handOver)
    const { generation } = await frame.stored()
    expect(await landing(frame)).toEqual({ client: 'default' })
    await receive(handOver)
    expect((await frame.stored()).generation).toBe(generation)
    expect(await landing(frame)).toBeUndefined()
    expect(exchanges()).toBe(1)
  })

  test('leaves a hand-over of another app alone, whoever says which app it is', async () => {
    await receive(handOver, OTHER_APP)
    await expectNothing()
    await receive({ ...handOver, appOrigin: OTHER_APP }, OTHER_APP)
    await expectNothing()
    await receive(handOver)
    expect(await landing(frame)).toEqual({ client: 'default' })
  })

  test('leaves a hand-over alone that does not show the proof, and takes the real one after it', async () => {
    const { proof: _, ...bare } = handOver
    await receive(bare)
    await expectNothing()
    await receive({ ...handOver, proof: crypto.randomUUID() })
    await expectNothing()
    await receive(handOver)
    expect(await landing(frame)).toEqual({ client: 'default' })
  })

  test('swaps no session for script that knows errand and challenge and brings a code of its own', async () => {
    const url = await begin()
    const { challenge = '' } = readCarried(url.searchParams.get('carry')) ?? {}
    const asked = `https://as.example/authorize?state=mine&nonce=mine&code_challenge=${challenge}`
    const response = frame.server.authorize(asked).toString()
    const errand = url.searchParams.get('request') ?? ''
    await receive({
      errand,
      appOrigin: APP,
      client: 'default',
      state: 'mine',
      nonce: 'mine',
      response,
    })
    await expectNothing()
  })

  test('leaves a hand-over for no errand alone: made up, expired, or not of a hand-over', async () => {
    await receive({ ...handOver, errand: crypto.randomUUID() })
    await expectNothing()
    await receive({ ...handOver, errand: '__proto__' })
    await expectNothing()
    const now = frame.surroundings.wire.now()
    const plain = { kind: 'login', client: 'default', returnTo: `${APP}/#_` } as const
    await frame.ledger.putErrand('no-app', plain, (now + 60) as typeof now)
    await receive({ ...handOver, errand: 'no-app' })
    await expectNothing()
    frame.pass(3601)
    await receive(handOver)
    await expectNothing()
  })

  test('refuses a code of another sign-in: its nonce is not the one handed over', async () => {
    const other = frame.server.authorize(await navigate(top, 'login', await begin()))
    other.set('state', handOver.state)
    await receive({ ...handOver, response: other.toString() })
    await expectRefused('id-token-nonce')
  })

  test.each([
    ['a state that is not its own', { response: 'code=c&state=other&iss=https://as.example' }, ''],
    ['another issuer', { response: 'code=c&state=STATE&iss=https://evil.example' }, ''],
    ['no issuer although one is promised', { response: 'code=c&state=STATE' }, ''],
  ])('refuses a response with %s, before any request', async (_, { response }) => {
    await receive({ ...handOver, response: response.replace('STATE', handOver.state) })
    expect(exchanges()).toBe(0)
    expect(await frame.tokens.read('default')).toBeUndefined()
    expect(await landing(frame)).toHaveProperty('error.code')
  })

  test('sends the verifier of its own storage, so a code for another challenge is refused', async () => {
    const { verifier } = onlyErrand() ?? {}
    await receive(handOver)
    const [request] = frame.server.requests.filter(({ endpoint }) => endpoint === 'token')
    expect(request?.form.get('code_verifier')).toBe(verifier)
    expect(JSON.stringify(handOver)).not.toContain(verifier)
  })

  test('is pending before the errand is taken', async () => {
    const { ledger, core } = frame
    const take = ledger.takeErrand.bind(ledger)
    const pending: boolean[] = []
    ledger.takeErrand = (...given) => {
      pending.push(core.completion.isCompleting)
      return take(...given)
    }
    await receive(handOver)
    expect(pending).toEqual([true])
    expect(core.completion.isCompleting).toBe(false)
  })

  test('says sign-in-interrupted when the worker dies before it could say more', async () => {
    frame.server.answer('token', () => new Promise(() => undefined))
    await frame.core.completion.receive(handOver, APP, () => undefined)
    frame.restart()
    expect(await landing(frame)).toMatchObject({ error: { code: 'sign-in-interrupted' } })
    await receive(handOver)
    expect(await frame.tokens.read('default')).toBeUndefined()
  })
})

test('a sign-out at the top level is no failed hand-over for the frame', async () => {
  await goThrough(await begin())
  await receive(vault.handedOver[0])
  await landing(frame)
  await frame.core.signOut.begin('default', { appOrigin: APP }, frame.waitUntil)
  expect(await landing(frame)).toEqual({})
})

describe('with DPoP', () => {
  beforeEach(async () => {
    vault = await vaultInTest({ clients: { issuer: ISSUER, clientId: 'app', dpop: 'required' } })
    ;({ frame, top } = vault)
    frame.server.metadata['dpop_signing_alg_values_supported'] = ['ES256']
    frame.server.tokens = { token_type: 'DPoP' }
  })

  const keptKey = () => parseProofKey(onlyErrand()?.proofKey)

  test('the key stays in the storage of the frame, where nobody can export it; its thumbprint is carried', async () => {
    const url = await begin()
    const carried = readCarried(url.searchParams.get('carry'))
    expect(carried?.jkt).toBe(await keptKey()?.thumbprint())
    expect(keptKey()?.reveal().privateKey.extractable).toBe(false)
    expect(Object.keys(carried ?? {}).toSorted()).toEqual([
      'appOrigin',
      'challenge',
      'client',
      'jkt',
      'kind',
      'parameters',
      'returnTo',
    ])
  })

  test('the top level asks for a code bound to that key, and the frame redeems it with a proof', async () => {
    const url = await begin()
    const jkt = await keptKey()?.thumbprint()
    const asked = await navigate(top, 'login', url)
    expect(new URL(asked).searchParams.get('dpop_jkt')).toBe(jkt)
    await navigate(
      top,
      'callback',
      new URL(`${VAULT}/auth/callback?${frame.server.authorize(asked)}`),
    )
    await receive(vault.handedOver[0])
    expect(await landing(frame)).toEqual({ client: 'default' })
    const [exchange] = frame.server.requests.filter(({ endpoint }) => endpoint === 'token')
    const proof = decodeJws(new Headers(exchange?.init.headers).get('dpop') ?? '')
    expect(proof?.payload).toMatchObject({ htm: 'POST', htu: `${ISSUER}/token` })
    const { proofKey } = (await frame.stored()).tokens
    expect(await proofKey?.thumbprint()).toBe(jkt)
    expect(JSON.stringify(vault.handedOver)).not.toContain('"jwk"')
  })

  test('an errand that lost its key signs nobody in', async () => {
    await goThrough(await begin())
    for (const { value } of frame.ledger.errands.values()) {
      Object.assign(value, { proofKey: undefined })
    }
    await receive(vault.handedOver[0])
    expect(await landing(frame)).toMatchObject({ error: { code: 'unknown-state' } })
    expect(exchanges()).toBe(0)
  })
})
