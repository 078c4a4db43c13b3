import { chromium } from '@playwright/test'

import { chromiumArguments } from '../fixtures/chromium-arguments.ts'
import { playwrightBrowser } from './playwright-browser.ts'
import type { Browser, LaunchOptions } from './session.ts'

/**
 * Playwright's list without `ThirdPartyStoragePartitioning`: with that one off, a cross-site frame has no storage at all,
 * for third-party cookies are blocked. The last `--disable-features` of a command line counts alone.
 */
const disabledFeatures = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
]

/** Chromium as people have it: storage partitioned by site, and a back/forward cache. */
export async function launchChromium({ profile, log, switches }: LaunchOptions): Promise<Browser> {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: [
      ...chromiumArguments,
      `--disable-features=${disabledFeatures.join(',')}`,
      // Playwright's option of the same purpose does not cover the scripts of service workers.
      '--ignore-certificate-errors',
      ...switches,
    ],
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  })
  return playwrightBrowser(context, log)
}
