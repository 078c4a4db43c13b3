import { afterEach, beforeEach, expect, test } from 'vitest'
import { boundGuardianInTest, type BoundGuardian } from '../../e2e/unit/bound-guardian-in-test.ts'

/* The modules for DPoP of the OpenID Foundation's suite for FAPI 2.0 clients, at the real authorization server and API. */

let bound: BoundGuardian

beforeEach(async () => {
  bound = await boundGuardianInTest()
})

afterEach(() => bound.close())

test('fapi2-security-profile-final-client-test-happy-path-no-dpop-nonce', async () => {
  await bound.signIn()
  expect((await bound.call()).status).toBe(200)
  const sent = [...bound.tokenRequests, ...bound.apiRequests]
  expect(sent.map(({ status }) => status)).toEqual([200, 200])
  for (const { header, payload } of sent) {
    expect(header).toMatchObject({ typ: 'dpop+jwt', alg: 'ES256' })
    expect(payload).not.toHaveProperty('nonce')
  }
  expect(bound.codes()).toEqual([])
})

test('fapi2-security-profile-final-client-test-rs-dpop-auth-scheme-case-insensitivity', async () => {
  await bound.signIn()
  let answers = 0
  bound.disturb = (response) => {
    answers += 1
    if (answers > 1) return response
    const headers = { 'www-authenticate': 'dPOp error="use_dpop_nonce"', 'dpop-nonce': 'wanted' }
    return new Response(null, { status: 401, headers })
  }
  expect((await bound.call()).status).toBe(200)
  expect(bound.apiRequests.map(({ payload }) => payload['nonce'])).toEqual([undefined, 'wanted'])
})
