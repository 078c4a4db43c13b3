import { beforeEach, expect, test } from 'vitest'
import { expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import type { GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP, ISSUER, VAULT } from '../../e2e/unit/parsed-config.ts'
import { OTHER_APP, vaultInTest, type VaultInTest } from '../../e2e/unit/vault-in-test.ts'
import { answerNavigation } from './navigations.ts'

/** A login link in a vault whose frame has a storage of its own. */
let vault: VaultInTest
let frame: GuardianInTest
let top: GuardianInTest

beforeEach(async () => {
  vault = await vaultInTest({
    clients: { issuer: ISSUER, clientId: 'app', responseMode: 'fragment', loginLink: true },
  })
  ;({ frame, top } = vault)
})

/** @returns the response in the link */
async function send(returnTo = `${APP}/inbox`, appOrigin = APP): Promise<URLSearchParams> {
  await frame.core.loginLink.send('default', { loginHint: 'ada@x', returnTo }, appOrigin)
  const posted = frame.server.requests.findLast(({ endpoint }) => endpoint === 'authorize')
  return frame.server.authorize(posted?.url ?? '')
}

async function open(response: URLSearchParams, guardian = top): Promise<string> {
  const url = new URL(`${VAULT}/auth/callback#${response}`)
  const answer = await answerNavigation(
    guardian.core,
    'callback',
    url,
    undefined,
    guardian.waitUntil,
  )
  await guardian.settled()
  return answer
}

async function receive(appOrigin = APP): Promise<void> {
  const handOver = vault.handedOver.at(-1)
  if (handOver === undefined) throw new Error('Nothing was handed over')
  await frame.core.completion.receive(handOver, appOrigin, frame.waitUntil)
  await frame.settled()
}

const landing = (guardian: GuardianInTest) =>
  guardian.ledger.takeLanding(frame.surroundings.wire.now())
const exchanges = (): number => frame.server.count('token')

test('the response goes from the link’s tab to the frame that asked for it, in other lives of the workers', async () => {
  const response = await send()
  expectNoSecret([...vault.homes])
  expect(JSON.stringify([...vault.homes])).not.toContain(response.get('state'))
  frame.restart()
  top.restart()
  expect(await open(response)).toBe(`${APP}/inbox#_`)
  expect(exchanges()).toBe(0)
  expect(vault.homes.size).toBe(0)
  await receive()
  expect(await landing(frame)).toEqual({ client: 'default' })
  expect(await frame.stored()).toBeDefined()
  expect(await top.tokens.read('default')).toBeUndefined()
})

test('a second hand-over does nothing where the browser cannot remove the cookie of the first', async () => {
  const response = await send()
  const kept = [...vault.homes]
  await open(response)
  await receive()
  await landing(frame)
  for (const [id, home] of kept) vault.homes.set(id, home)
  await receive()
  expect(exchanges()).toBe(1)
  expect(await landing(frame)).toBeUndefined()
  expect(frame.events.filter(({ type }) => type === 'error')).toEqual([])
})

test('a second hand-over of the same response does nothing, and a second opening is refused', async () => {
  const response = await send()
  await open(response)
  await receive()
  await landing(frame)
  await receive()
  expect(exchanges()).toBe(1)
  expect(await landing(frame)).toBeUndefined()
  await open(response)
  expect(vault.handedOver).toHaveLength(1)
  expect(await landing(top)).toMatchObject({ error: { code: 'unknown-state' } })
})

test('a hand-over that names another client is not taken', async () => {
  await open(await send())
  const handOver = vault.handedOver.at(-1)!
  await frame.core.completion.receive({ ...handOver, client: 'other' }, APP, frame.waitUntil)
  await frame.settled()
  expect(exchanges()).toBe(0)
  expect(await frame.tokens.read('default')).toBeUndefined()
})

test('a frame in another app takes nothing', async () => {
  await open(await send())
  await receive(OTHER_APP)
  expect(exchanges()).toBe(0)
  expect(await frame.tokens.read('default')).toBeUndefined()
})

test('where the storage is shared nothing is handed over, and the link works once', async () => {
  const response = await send()
  expect(await open(response, frame)).toBe(`${APP}/inbox#_`)
  expect(vault.handedOver).toEqual([])
  expect(await frame.stored()).toBeDefined()
  await landing(frame)
  await open(response, frame)
  expect(vault.handedOver).toEqual([])
  expect(await landing(frame)).toMatchObject({ error: { code: 'unknown-state' } })
})

test.each([
  ['leads to an app that is not configured', { appOrigin: 'https://evil.example' }],
  ['is of a client that is not configured', { client: 'other' }],
])('a cookie that %s hands nothing over', async (_what, change) => {
  const response = await send()
  for (const [id, home] of vault.homes) vault.homes.set(id, { ...home, ...change })
  expect(await open(response)).toBe(`${APP}/#_`)
  expect(vault.handedOver).toEqual([])
  expect(exchanges()).toBe(0)
})

test('a cookie that leads elsewhere lands on the start page', async () => {
  const response = await send()
  for (const [id, home] of vault.homes) {
    vault.homes.set(id, { ...home, returnTo: 'https://evil.example/' })
  }
  expect(await open(response)).toBe(`${APP}/#_`)
})

test('a forged hand-over opens no transaction without its state', async () => {
  await send()
  const [id = ''] = [...vault.homes.keys()]
  for (const errand of [id, 'x']) {
    const response = `code=injected&state=guess&iss=${encodeURIComponent(ISSUER)}`
    const forged = { errand, appOrigin: APP, client: 'default', state: 'guess', response }
    await frame.core.completion.receive(forged, APP, frame.waitUntil)
    await frame.settled()
  }
  expect(exchanges()).toBe(0)
  expect(frame.ledger.transactions.size).toBe(1)
})
