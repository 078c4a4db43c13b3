import { chromium } from '@playwright/test'

import { chromiumArguments } from '../fixtures/chromium-arguments.ts'
import { chromiumPath, headlessShellPath } from '../fixtures/chromium-paths.ts'
import { playwrightBrowser } from './playwright-browser.ts'
import type { Browser, LaunchOptions } from './session.ts'

/**
 * Chromium as people have it: storage partitioned by site, and a back/forward cache. Where no profile has to outlive it, without
 * the browser's own windows, which cost more than the pages.
 */
export async function launchChromium({
  profile,
  persistent,
  log,
  switches,
}: LaunchOptions): Promise<Browser> {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: persistent ? chromiumPath : headlessShellPath,
    args: [
      ...chromiumArguments,
      // Playwright's option of the same purpose does not cover the scripts of service workers.
      '--ignore-certificate-errors',
      ...switches,
    ],
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  })
  return playwrightBrowser(context, log)
}
