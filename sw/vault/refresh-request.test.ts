import { beforeEach, expect, test } from 'vitest'
import { expectFailure, expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import type { ParsedTarget } from '../../src/contract/config.ts'
import { answerRefresh, parseRefreshRequest, refreshRequest } from './refresh-request.ts'

let guardian: GuardianInTest
let further: ParsedTarget | undefined

beforeEach(async () => {
  guardian = await guardianInTest({
    resources: [
      { url: 'https://a.example/', resource: 'urn:a' },
      { url: 'https://b.example/', resource: 'urn:b' },
    ],
  })
  further = guardian.surroundings.config.resources[1]?.target
  await guardian.signIn()
})

/** Resources of the refreshes, oldest first. */
const asked = (): (string | null)[] =>
  guardian.server.requests
    .filter(({ form }) => form.get('grant_type') === 'refresh_token')
    .map(({ form }) => form.get('resource'))

test('a token that there is none of yet is got once, whoever asks again', async () => {
  const request = refreshRequest('default', await guardian.stored(), further)
  expectNoSecret(request)
  await Promise.all([answerRefresh(guardian.core, request), answerRefresh(guardian.core, request)])
  await answerRefresh(guardian.core, request)
  expect(asked()).toEqual(['urn:b'])
})

test('a token that is stale is refreshed once, and only that one', async () => {
  await guardian.core.refresher.refresh('default', await guardian.stored(), further)
  const request = refreshRequest('default', await guardian.stored(), further)
  await answerRefresh(guardian.core, request)
  await answerRefresh(guardian.core, request)
  expect(asked()).toEqual(['urn:b', 'urn:b'])
})

test('the session’s own token is refreshed also when another API has got one in between', async () => {
  const request = refreshRequest('default', await guardian.stored(), undefined)
  await guardian.core.refresher.refresh('default', await guardian.stored(), further)
  await answerRefresh(guardian.core, request)
  await answerRefresh(guardian.core, request)
  expect(asked()).toEqual(['urn:b', 'urn:a'])
})

test('a frame of an older version asks by generation', async () => {
  const { generation } = await guardian.stored()
  const request = { type: 'refresh', client: 'default', generation } as const
  await answerRefresh(guardian.core, request)
  await answerRefresh(guardian.core, request)
  expect(asked()).toEqual(['urn:a'])
})

test('what nobody waits for is left out in the pause after a failure; what a call needs is not for long', async () => {
  guardian.server.tokens = { expires_in: 300 }
  await guardian.signIn()
  const stored = await guardian.stored()
  const inBackground = refreshRequest('default', stored, undefined, true)
  expect(parseRefreshRequest({ ...inBackground })).toEqual(inBackground)
  guardian.server.answer('token', () => new Response('', { status: 503 }))
  await expectFailure(answerRefresh(guardian.core, inBackground), 'refresh-unavailable')
  guardian.server.answer('token')
  guardian.pass(2)
  await expectFailure(answerRefresh(guardian.core, inBackground), 'refresh-unavailable')
  expect(asked()).toHaveLength(1)
  await answerRefresh(guardian.core, refreshRequest('default', stored, undefined))
  expect(asked()).toHaveLength(2)
})

test('a mark of the background that is not `true` makes no request', async () => {
  const request = refreshRequest('default', await guardian.stored(), undefined)
  for (const inBackground of [false, 'true', 1, null]) {
    expect(parseRefreshRequest({ ...request, inBackground })).toBeUndefined()
  }
})

test('a target that is not configured gets no token, and not that of another', async () => {
  const { generation } = await guardian.stored()
  const request = { type: 'refresh', client: 'default', generation, target: 'urn:c ' } as const
  await expectFailure(answerRefresh(guardian.core, request), 'invalid-request')
  expect(asked()).toEqual([])
})
