import { expect, test } from 'vitest'
import { APP, ISSUER } from '../../e2e/unit/parsed-config.ts'
import { VAULT, vaultInTest } from '../../e2e/unit/vault-in-test.ts'
import { readCarried, writeCarried } from './hand-over.ts'
import { answerNavigation } from './navigations.ts'

test('a page cannot take dpop_jkt out of the request of a client whose tokens are bound', async () => {
  const { frame, top } = await vaultInTest({
    clients: { issuer: ISSUER, clientId: 'app', dpop: 'required' },
  })
  frame.server.metadata['dpop_signing_alg_values_supported'] = ['ES256']
  const url = new URL(await frame.core.signIn.begin('default', {}, { appOrigin: APP }), VAULT)
  const { jkt, ...rest } = readCarried(url.searchParams.get('carry'))!
  expect(jkt).toBeDefined()
  url.searchParams.set('carry', writeCarried(rest))
  const asked = await answerNavigation(top.core, 'login', url, undefined, top.waitUntil)
  // Refused (lands in the app), or asked with a thumbprint; never asked without.
  expect(asked.startsWith(`${APP}/`) || new URL(asked).searchParams.has('dpop_jkt')).toBe(true)
})
