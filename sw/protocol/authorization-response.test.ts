import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { MARK } from '../../e2e/unit/fake-server.ts'
import { ISSUER, configWith } from '../../e2e/unit/parsed-config.ts'
import type { ParsedClient } from '../../src/contract/config.ts'
import { isAuthError } from '../../src/contract/errors.ts'
import { checkAuthorizationResponse } from './authorization-response.ts'

const client = configWith().clients[0] as ParsedClient
const STATE = 'the-state'
const GOOD = `code=code-${MARK}&state=${STATE}&iss=${encodeURIComponent(ISSUER)}`

function check(response: string, issuerPromised = true): URLSearchParams {
  return checkAuthorizationResponse(
    { client, issuerPromised },
    new URLSearchParams(response),
    STATE,
  )
}

describe('checkAuthorizationResponse', () => {
  test('gives out the code of a good response', () => {
    expect(check(GOOD).get('code')).toBe(`code-${MARK}`)
  })

  test('ignores parameters that it does not know', () => {
    expect(check(`${GOOD}&session_state=YQ%3D%3D.x&foo=bar`).get('code')).toBe(`code-${MARK}`)
  })

  test('accepts a response without iss from a server that did not promise one', () => {
    expect(check(`code=code-${MARK}&state=${STATE}`, false).get('code')).toBe(`code-${MARK}`)
  })

  test.each([true, false])('refuses a wrong iss, promised or not (%s)', async (promised) => {
    for (const iss of [`${ISSUER}/`, 'https://evil.example', '', 'https://AS.example']) {
      const bad = `state=${STATE}&iss=${encodeURIComponent(iss)}`
      await expectFailure(() => check(`code=code-${MARK}&${bad}`, promised), 'issuer-mismatch')
      await expectFailure(() => check(`error=access_denied&${bad}`, promised), 'issuer-mismatch')
    }
  })

  test('refuses a missing iss that was promised, on success and on error responses', async () => {
    const missing = `state=${STATE}`
    await expectFailure(() => check(`code=code-${MARK}&${missing}`), 'issuer-mismatch')
    await expectFailure(() => check(`error=access_denied&${missing}`), 'issuer-mismatch')
  })

  test('refuses a second iss beside the right one', async () => {
    await expectFailure(() => check(`${GOOD}&iss=https%3A%2F%2Fevil.example`), 'issuer-mismatch')
  })

  test.each([
    ['another state', GOOD.replace(STATE, 'other')],
    ['a state in another case', GOOD.replace(STATE, STATE.toUpperCase())],
    ['no state', GOOD.replace(`&state=${STATE}`, '')],
    ['the state twice', `${GOOD}&state=${STATE}`],
    ['two states', `${GOOD}&state=other`],
    ['the code twice', `${GOOD}&code=other`],
    ['iss twice', `${GOOD}&iss=${encodeURIComponent(ISSUER)}`],
    ['no code', GOOD.replace(`code=code-${MARK}&`, '')],
    ['an empty code', GOOD.replace(`code-${MARK}`, '')],
    ['a hybrid ID Token', `${GOOD}&id_token=eyJ.eyJ.x`],
    ['an empty hybrid ID Token', `${GOOD}&id_token=`],
    ['a parameter twice that is only passed over', `${GOOD}&session_state=a&session_state=a`],
    [
      'the description of an error twice',
      `error=access_denied&error_description=a&error_description=b&state=${STATE}&iss=${encodeURIComponent(ISSUER)}`,
    ],
    ['a JARM response', `response=eyJ.eyJ.x&state=${STATE}&iss=${encodeURIComponent(ISSUER)}`],
    [
      'an error with another state',
      `error=access_denied&state=x&iss=${encodeURIComponent(ISSUER)}`,
    ],
    [
      'the error twice',
      `error=access_denied&error=x&state=${STATE}&iss=${encodeURIComponent(ISSUER)}`,
    ],
  ])('refuses %s', async (_what, response) => {
    await expectFailure(() => check(response), 'invalid-response')
  })

  test.each([
    [
      'an implicit access token',
      `${GOOD}&access_token=at-${MARK}&token_type=bearer`.replace(/^code=[^&]*&/, ''),
    ],
    ['a hybrid access token', `${GOOD}&access_token=at-${MARK}&token_type=bearer`],
    ['an empty hybrid access token', `${GOOD}&access_token=`],
  ])('refuses %s, and says what to change', async (_what, response) => {
    const { message } = await expectFailure(() => check(response), 'implicit-flow')
    expect(message).toContain('allow the authorization code flow with PKCE')
  })

  test.each([
    ['access_denied', 'access-denied'],
    ['login_required', 'login-required'],
    ['interaction_required', 'login-required'],
    ['consent_required', 'login-required'],
    ['account_selection_required', 'login-required'],
    ['server_error', 'authorization-failed'],
    ['temporarily_unavailable', 'authorization-failed'],
    ['invalid_scope', 'authorization-failed'],
  ] as const)('gives the error %s the code %s', async (oauthError, code) => {
    const iss = encodeURIComponent(ISSUER)
    const response = `error=${oauthError}&state=${STATE}&iss=${iss}&error_description=%3Cimg%3E${MARK}&error_uri=https://evil.example/${MARK}`
    const error = await expectFailure(() => check(response), code)
    expect(error).toMatchObject({ oauthError, phase: 'authorization', retryable: false })
    expect(error.message).not.toMatch(/img|evil/)
  })

  test('repeats no error value outside the alphabet of RFC 6749', async () => {
    const response = `error=%3Cscript%3E${MARK}&state=${STATE}&iss=${encodeURIComponent(ISSUER)}`
    const error = await expectFailure(() => check(response), 'authorization-failed')
    expect(error.oauthError).toBeUndefined()
  })

  test('takes a code with the right state and issuer or fails with an AuthError, whatever comes', () => {
    const name = fc.constantFrom('code', 'state', 'iss', 'error', 'response', 'id_token', 'x')
    const value = fc.oneof(fc.constantFrom(STATE, ISSUER, 'a', ''), fc.string())
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, value), { maxLength: 6 }),
        fc.boolean(),
        (pairs, promised) => {
          try {
            const response = new URLSearchParams(pairs)
            checkAuthorizationResponse({ client, issuerPromised: promised }, response, STATE)
            expect(response.getAll('state')).toEqual([STATE])
            expect(response.getAll('code')).toHaveLength(1)
            expect(response.has('error')).toBe(false)
            if (promised) expect(response.getAll('iss')).toEqual([ISSUER])
          } catch (error) {
            if (!isAuthError(error)) throw error
          }
        },
      ),
    )
  })
})
