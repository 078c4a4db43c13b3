import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectFailure, expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { MARK } from '../../e2e/unit/fake-server.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { ISSUER } from '../../e2e/unit/parsed-config.ts'
import { grantedDetails } from './granted-details.ts'

const payment = { type: 'payment', actions: ['initiate'], amount: { value: 7, currency: 'EUR' } }
const response = { access_token: `at-${MARK}`, token_type: 'bearer' } as const

describe('grantedDetails', () => {
  test('gives what the server says, as it is', () => {
    const details = [payment, { type: 'orders' }]
    expect(grantedDetails({ ...response, authorization_details: details })).toEqual(details)
    expect(grantedDetails({ ...response, authorization_details: [] })).toEqual([])
    expect(grantedDetails(response)).toBeUndefined()
  })

  test.each<[string, unknown]>([
    ['a text', JSON.stringify([payment])],
    ['an object', payment],
    ['null', null],
    ['an element without a type', [payment, { actions: [] }]],
    ['a type that is no text', [{ type: 1 }]],
    ['an empty type', [{ type: '' }]],
    ['an element that is a list', [[payment]]],
    ['much too much', [{ type: 'x', text: 'x'.repeat(20_000) }]],
    ['a tower', [{ type: 'x', deep: JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`) as unknown }]],
    ['the access token', [{ type: 'x', for: [`Bearer at-${MARK}`] }]],
    ['the refresh token', [{ type: 'x', [`rt-"${MARK}`]: true }]],
    ['the ID Token', [{ type: `id-${MARK}` }]],
  ])('gives nothing of %s', (_what, details) => {
    const tokens = { refresh_token: `rt-"${MARK}`, id_token: `id-${MARK}` }
    const answer = { ...response, ...tokens, authorization_details: details as never }
    expect(grantedDetails(answer)).toBeUndefined()
  })

  test('never throws, whatever a server sends', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (details) => {
        const granted = grantedDetails({ ...response, authorization_details: details as never })
        expect(granted?.every(({ type }) => typeof type === 'string') ?? true).toBe(true)
      }),
    )
  })
})

describe('what was granted', () => {
  const asked = [{ type: 'payment', actions: ['initiate', 'cancel'] }]

  async function start(metadata: object = {}): Promise<GuardianInTest> {
    const clients = { issuer: ISSUER, clientId: 'app', authorizationDetails: asked }
    const guardian = await guardianInTest({ clients })
    Object.assign(guardian.server.metadata, metadata)
    return guardian
  }
  const shown = async ({ core }: GuardianInTest): Promise<unknown> => {
    const session = await core.sessions.session('default')
    expectNoSecret(session)
    return session.status === 'signed-in' ? session.authorizationDetails : session
  }

  test('is what pages see, not what was asked for; it stays until a refresh says otherwise', async () => {
    const guardian = await start()
    guardian.server.tokens = { authorization_details: [payment] }
    await guardian.signIn()
    expect(await shown(guardian)).toEqual([payment])
    const session = { authorizationDetails: [payment] }
    expect(guardian.events.at(-1)).toMatchObject({ type: 'session', session })
    guardian.server.tokens = {}
    await guardian.core.refresher.refresh('default', await guardian.stored())
    expect(await shown(guardian)).toEqual([payment])
    guardian.server.tokens = { authorization_details: [{ type: 'payment', actions: [] }] }
    await guardian.core.refresher.refresh('default', await guardian.stored())
    expect(await shown(guardian)).toEqual([{ type: 'payment', actions: [] }])
  })

  test('is nothing where the server does not say', async () => {
    const guardian = await start()
    await guardian.signIn()
    expect(await shown(guardian)).toBeUndefined()
  })

  test('is that of the session’s own token, not of one for a further API', async () => {
    const resources = ['a', 'b'].map((name) => ({
      url: `https://${name}.example/`,
      resource: `urn:${name}`,
    }))
    const guardian = await guardianInTest({ resources })
    const target = guardian.surroundings.config.resources[1]?.target
    for (const own of [[payment], undefined]) {
      guardian.server.tokens = { authorization_details: own }
      await guardian.signIn()
      guardian.server.tokens = { authorization_details: [{ type: 'other' }] }
      await guardian.core.refresher.refresh('default', await guardian.stored(), target)
      expect(await shown(guardian)).toEqual(own)
    }
  })

  test('a type that the server does not list is refused before anything is sent', async () => {
    const guardian = await start({ authorization_details_types_supported: ['orders'] })
    const error = await expectFailure(
      guardian.core.signIn.begin('default', {}),
      'request-unsupported',
    )
    expect(error.message).toContain(`'payment'`)
    expect(guardian.ledger.errands.size).toBe(0)
    expect(guardian.server.requests.map(({ endpoint }) => endpoint)).toEqual([
      'openid-configuration',
    ])
  })

  test.each([
    ['lists it', ['orders', 'payment']],
    ['lists nothing that can be read', 'payment'],
    ['does not list any', undefined],
  ])('a server that %s gets the request', async (_what, types) => {
    const guardian = await start({ authorization_details_types_supported: types })
    const url = new URL(await guardian.startSignIn())
    expect(url.searchParams.get('authorization_details')).toBe(JSON.stringify(asked))
  })
})
