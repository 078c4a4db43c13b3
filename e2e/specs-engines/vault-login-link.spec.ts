import type { Tab } from '../engines/session.ts'
import { expect, test as base } from '../engines/test.ts'
import { addClientPage } from '../fixtures/client-page.ts'
import { buildDemo, vaultFolder } from '../fixtures/demo-builds.ts'
import { environment } from '../fixtures/environment.ts'
import { magicLinkClient, magicLinkClientId } from '../fixtures/magic-link.ts'
import { startAppServer } from '../servers/app-server.ts'
import { createCertificate } from '../servers/certificate.ts'
import { listenOnLoopback, type Listener } from '../../src/testing/server/listener.ts'
import type { RunningServer } from '../servers/running-server.ts'
import { startMagicLinkServer, type Mail } from '../servers/seeds/magic-link-server.ts'
import { startVaultServer } from '../servers/vault-server.ts'

/** A login link with a vault, also where the browser keeps the frame's storage apart from that of the link's tab. */

interface Fixtures {
  readonly appOfLinks: { readonly origin: string; readonly server: RunningServer }
}

const test = base.extend<Fixtures>({
  appOfLinks: async ({ engine }, use) => {
    const certificate = createCertificate(['localhost', '*.localhost', '*.x.localhost'])
    const listen = (host: string): Promise<Listener> => listenOnLoopback(0, { host, certificate })
    const [app, vault, provider] = await Promise.all([
      listen('a.x.localhost'),
      listen('b.x.localhost'),
      listen('localhost'),
    ])
    const server = await startMagicLinkServer({
      port: provider,
      appOrigins: [vault.origin],
      clientId: magicLinkClientId,
      redirectUris: [`${vault.origin}/auth/callback`],
    })
    const { apiOrigin } = environment()
    const root = await buildDemo(
      'vault',
      `login-link-${engine}`,
      {
        asOrigin: server.origin,
        apiOrigin,
        vault: { origin: vault.origin, appOrigins: [app.origin] },
      },
      { client: magicLinkClient(server.origin) },
    )
    await addClientPage(root)
    const issuer = server.origin
    const servers = await Promise.all([
      startAppServer({ port: app, root, apiOrigin, issuer, vaultOrigin: vault.origin }),
      startVaultServer({ port: vault, root: vaultFolder(root) }),
    ])
    await use({ origin: app.origin, server })
    await Promise.all([...servers, server].map((each) => each.close()))
  },
})

test('the link signs in from its own tab, once', async ({ session, appOfLinks }) => {
  const tab = await session.tab()
  await tab.goto(`${appOfLinks.origin}/client.html`)
  await tab.waitFor("window.client?.session.status === 'signed-out'")
  await tab.evaluate(() => window.client.sendLoginLink({ loginHint: 'ada@example.com' }))
  // In this process: Node does not trust the certificate.
  const { control } = appOfLinks.server
  const { mails } = (await control.run({ do: 'mails' })) as unknown as { mails: Mail[] }
  const link = mails[0]?.link ?? ''

  const linked = await session.tab()
  await linked.goto(link)
  await expectSignedIn(linked)
  expect(await linked.url()).toBe(`${appOfLinks.origin}/client.html`)
  await expectSignedIn(tab)

  await linked.goto(link)
  // Nothing is known of where it was to land, so it is the start page. The session goes on.
  await linked.waitFor("document.querySelector('#status')?.textContent.startsWith('signed-in')")
  expect(await linked.url()).toBe(`${appOfLinks.origin}/`)
  expect(control.report().counts['POST /token']).toBe(1)
})

async function expectSignedIn(tab: Tab): Promise<void> {
  await tab.waitFor("window.client?.session.user?.email === 'ada@example.com'")
}
