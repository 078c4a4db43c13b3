import type { Attack } from './attack.ts'
import { callTheApi } from './call-the-api.ts'
import { cspReportLeak } from './csp-report-leak.ts'
import { eavesdropRefresh } from './eavesdrop-refresh.ts'
import { fetchCallback } from './fetch-callback.ts'
import { forgeMessages } from './forge-messages.ts'
import { lookalikeDestinations } from './lookalike-destinations.ts'
import { objectEmbedFlow } from './object-embed-flow.ts'
import { popupFlow } from './popup-flow.ts'
import { readEveryStorage } from './read-every-storage.ts'
import { redirectExfiltration } from './redirect-exfiltration.ts'
import { registerChangedWorker } from './register-changed-worker.ts'
import { silentFrameFlow } from './silent-frame-flow.ts'
import { unregisterWorker } from './unregister-worker.ts'
import { useStoredKeys } from './use-stored-keys.ts'

/** In the order of "Run all": what changes the page's worker comes last. */
export const attacks: readonly Attack[] = [
  {
    id: 'popup-flow',
    title: 'Get my own code in a popup',
    tries:
      'Open the authorization server in a popup with a request of my own and watch its address.',
    needsClick: true,
    run: popupFlow,
  },
  {
    id: 'read-every-storage',
    title: 'Read every storage',
    tries:
      'Dump all storage, databases, caches, cookies, history and timings, and look for tokens.',
    run: readEveryStorage,
  },
  {
    id: 'use-stored-keys',
    title: 'Use the stored keys',
    tries: 'Take every key in the databases and decrypt everything that lies next to it.',
    run: useStoredKeys,
  },
  {
    id: 'silent-frame-flow',
    title: 'Get my own code in a hidden frame',
    tries: 'Ask the authorization server silently for a fresh code and read it from the frame.',
    run: silentFrameFlow,
  },
  {
    id: 'object-embed-flow',
    title: 'Get my own code around the worker',
    tries: 'Do the same in elements whose loads browsers do not show to the worker.',
    run: objectEmbedFlow,
  },
  {
    id: 'csp-report-leak',
    title: 'Let the browser report the code',
    tries:
      'Add a content policy that blocks the redirect back, so that the violation report tells its address.',
    run: cspReportLeak,
  },
  {
    id: 'forge-messages',
    title: 'Forge messages to the worker',
    tries: 'Send hundreds of made-up messages that ask for tokens or change the configuration.',
    run: forgeMessages,
  },
  {
    id: 'lookalike-destinations',
    title: 'Call lookalike addresses',
    tries: 'Call addresses that resemble the API, in the hope that the token goes there too.',
    run: lookalikeDestinations,
  },
  {
    id: 'redirect-exfiltration',
    title: 'Let the API redirect the token away',
    tries: 'Use a redirect of the API to carry the token to a place that shows it.',
    run: redirectExfiltration,
  },
  {
    id: 'eavesdrop-refresh',
    title: 'Listen in on a refresh',
    tries:
      'Hook the message functions of the browser and listen everywhere while tokens are renewed.',
    run: eavesdropRefresh,
  },
  {
    id: 'fetch-callback',
    title: 'Feed the callback by fetch',
    tries: 'Call the paths of the worker with fetch to plant a forged response or end the session.',
    run: fetchCallback,
  },
  {
    id: 'call-the-api',
    title: 'Use the API through this tab',
    tries:
      'Simply call the API as the app does: this works in every design, and is listed as such.',
    run: callTheApi,
  },
  {
    id: 'register-changed-worker',
    title: 'Replace the worker',
    tries:
      'Register a worker of my own, or the real one with another configuration in its address.',
    run: registerChangedWorker,
  },
  {
    id: 'unregister-worker',
    title: 'Remove the worker, then get a code',
    tries: 'Unregister the worker and run my own flow in a frame, with only the server in the way.',
    destructive: true,
    run: unregisterWorker,
  },
]
