import { expect, test } from 'vitest'
import { FakeServer } from '../../e2e/unit/fake-server.ts'
import { guardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP, ISSUER } from '../../e2e/unit/parsed-config.ts'
import { makeSigningKey } from '../../e2e/unit/signing-key.ts'
import { VAULT } from '../../e2e/unit/vault-in-test.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import type { HandOver } from './hand-over.ts'
import { readCarried, writeCarried } from './hand-over.ts'
import { answerNavigation } from './navigations.ts'

const EVIL = 'https://evil-as.example'

/** A vault whose frame has a storage of its own, and two clients, one of a hostile server, with a redirect path each. */
const config = {
  topology: 'vault',
  vaultOrigin: VAULT,
  appOrigins: [APP],
  clients: {
    evil: { issuer: EVIL, clientId: 'app', redirectPath: '/auth/evil' },
    honest: { issuer: ISSUER, clientId: 'app', redirectPath: '/auth/honest' },
  },
  resources: [],
} as const

test('a page that changes the client on the way to the server gets no code sent to another server', async () => {
  const now = (): ReturnType<typeof epochSeconds> => epochSeconds(Math.floor(Date.now() / 1000))
  const evil = new FakeServer(await makeSigningKey(), now, EVIL)
  const honest = await FakeServer.start(now)
  // What the response's `iss` would show anyway.
  for (const { metadata } of [evil, honest]) {
    metadata['authorization_response_iss_parameter_supported'] = false
  }
  const handedOver: HandOver[] = []
  const proofs = new Map<string, string>()
  const place = {
    origin: VAULT,
    returnOrigins: [APP],
    popupEnd: `${VAULT}/popup.html#_`,
    handOver: {
      give: async (handOver: HandOver) => {
        const proof = proofs.get(handOver.errand)
        handedOver.push({ ...handOver, ...(proof ? { proof } : {}) })
      },
      keepProof: async (errand: string, proof: string) => void proofs.set(errand, proof),
      keepHome: async () => undefined,
      takeHome: async () => undefined,
    },
    wire: {
      now,
      timeoutMs: 5000,
      fetch: (url: string, init?: RequestInit) =>
        (url.startsWith(EVIL) ? evil : honest).fetch(url, init),
    },
  }
  const frame = await guardianInTest(config, place)
  const top = await guardianInTest(config, place)

  const url = new URL(await frame.core.signIn.begin('evil', {}, { appOrigin: APP }), VAULT)
  const carried = readCarried(url.searchParams.get('carry') ?? '')
  if (carried === undefined) throw new Error('Nothing was carried')
  url.searchParams.set('carry', writeCarried({ ...carried, client: 'honest' }))
  const asked = await answerNavigation(top.core, 'login', url, undefined, top.waitUntil)
  expect(new URL(asked).origin).toBe(ISSUER)
  const response = honest.authorize(asked)
  response.delete('iss')
  const landed = new URL(`${VAULT}/auth/honest?${response.toString()}`)
  await answerNavigation(top.core, 'callback', landed, undefined, top.waitUntil)
  await top.settled()
  const [handOver] = handedOver
  if (handOver === undefined) throw new Error('Nothing was handed over')
  await frame.core.completion.receive(handOver, APP, frame.waitUntil)
  await frame.settled()
  expect(evil.requests.filter(({ endpoint }) => endpoint === 'token')).toEqual([])
  expect(handOver.client).toBe('honest')
})
