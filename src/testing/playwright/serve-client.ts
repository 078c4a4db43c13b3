import { readFile } from 'node:fs/promises'

import type { BrowserContext } from '@playwright/test'

/** Path on the app's origin below which a test's browser, and nobody else, gets this package's own page client. */
const PREFIX = '/__token-guardian-testing__/'

/** This module is `dist/src/testing/playwright/serve-client.js`. What drives the page imports the client by its place beside it. */
const modules: Readonly<Record<string, URL>> = {
  'src/testing/playwright/drive-page.js': new URL('drive-page.js', import.meta.url),
  'src/client/index.js': new URL('../../../prebuilt/token-guardian.js', import.meta.url),
}

/**
 * Serves the page client to the pages of a context, as modules that its browser gets from no server: an app under test need not show
 * its own client, and its Content-Security-Policy stays as it is.
 *
 * Modules only, and no page for them: Chromium takes a page that comes from no server for one of a public network, which may not open
 * the vault's frame on this machine (Local Network Access).
 * @returns the URL of the module that drives a page, and what ends the serving
 */
export async function serveClient(
  context: BrowserContext,
  origin: string,
): Promise<{ readonly module: string; readonly end: () => Promise<void> }> {
  const pattern = `${origin}${PREFIX}**`
  await context.route(pattern, async (route) => {
    const { pathname } = new URL(route.request().url())
    const file = modules[pathname.slice(PREFIX.length)]
    if (file === undefined) return route.fulfill({ status: 404 })
    return route.fulfill({
      contentType: 'text/javascript',
      headers: { 'cache-control': 'no-store' },
      body: await readFile(file, 'utf8'),
    })
  })
  return {
    module: `${PREFIX}src/testing/playwright/drive-page.js`,
    end: () => context.unroute(pattern),
  }
}
