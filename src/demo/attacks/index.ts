import type { Attack } from './attack.ts'
import { callTheApi } from './call-the-api.ts'
import { cspReportLeak } from './csp-report-leak.ts'
import { documentWithoutPolicy } from './document-without-policy.ts'
import { eavesdropRefresh } from './eavesdrop-refresh.ts'
import { fetchCallback } from './fetch-callback.ts'
import { forgeBridgeMessages } from './forge-bridge-messages.ts'
import { forgeMessages } from './forge-messages.ts'
import { lookalikeDestinations } from './lookalike-destinations.ts'
import { objectEmbedFlow } from './object-embed-flow.ts'
import { popupFlow } from './popup-flow.ts'
import { reachIntoTheVault } from './reach-into-the-vault.ts'
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
    expected: { 'same-origin': 'held', vault: 'held' },
    title: 'Get my own code in a popup',
    tries:
      'Open the authorization server in a popup with a request of my own and watch its address.',
    needsClick: true,
    run: popupFlow,
  },
  {
    id: 'read-every-storage',
    expected: { 'same-origin': 'held', vault: 'held' },
    title: 'Read every storage',
    tries:
      'Dump all storage, databases, caches, cookies, history and timings, and look for tokens.',
    run: readEveryStorage,
  },
  {
    id: 'use-stored-keys',
    expected: { 'same-origin': 'held', vault: 'held' },
    title: 'Use the stored keys',
    tries: 'Take every key in the databases and decrypt everything that lies next to it.',
    run: useStoredKeys,
  },
  {
    id: 'silent-frame-flow',
    expected: { 'same-origin': 'held', vault: 'held' },
    title: 'Get my own code in a hidden frame',
    tries: 'Ask the authorization server silently for a fresh code and read it from the frame.',
    run: silentFrameFlow,
  },
  {
    id: 'object-embed-flow',
    expected: { 'same-origin': 'held', vault: 'held' },
    title: 'Get my own code around the worker',
    tries: 'Do the same in elements whose loads browsers do not show to the worker.',
    run: objectEmbedFlow,
  },
  {
    id: 'csp-report-leak',
    expected: { 'same-origin': 'held', vault: 'held' },
    title: 'Let the browser report the code',
    tries:
      'Add a content policy that blocks the redirect back, so that the violation report tells its address.',
    run: cspReportLeak,
  },
  {
    id: 'document-without-policy',
    expected: { 'same-origin': 'leak', vault: 'held' },
    title: 'Make a page without headers',
    tries:
      'Put a page of my own into the cache of the app’s worker, and let the browser report my code there.',
    needsClick: true,
    run: documentWithoutPolicy,
  },
  {
    id: 'reach-into-the-vault',
    expected: { 'same-origin': 'skipped', vault: 'held' },
    title: 'Reach into the vault',
    tries: 'Read the vault’s frame, its storage and its pages, and post to its windows.',
    run: reachIntoTheVault,
  },
  {
    id: 'forge-bridge-messages',
    expected: { 'same-origin': 'skipped', vault: 'held' },
    title: 'Pose as the app’s worker',
    tries:
      'Open ports to the vault’s bridge, ask for other destinations, and flood it with nonsense.',
    run: forgeBridgeMessages,
  },
  {
    id: 'forge-messages',
    expected: { 'same-origin': 'held', vault: 'held' },
    title: 'Forge messages to the worker',
    tries: 'Send hundreds of made-up messages that ask for tokens or change the configuration.',
    run: forgeMessages,
  },
  {
    id: 'lookalike-destinations',
    expected: { 'same-origin': 'held', vault: 'held' },
    title: 'Call lookalike addresses',
    tries: 'Call addresses that resemble the API, in the hope that the token goes there too.',
    run: lookalikeDestinations,
  },
  {
    id: 'redirect-exfiltration',
    expected: { 'same-origin': 'held', vault: 'held' },
    title: 'Let the API redirect the token away',
    tries: 'Use a redirect of the API to carry the token to a place that shows it.',
    run: redirectExfiltration,
  },
  {
    id: 'eavesdrop-refresh',
    expected: { 'same-origin': 'held', vault: 'held' },
    title: 'Listen in on a refresh',
    tries:
      'Hook the message functions of the browser and listen everywhere while tokens are renewed.',
    run: eavesdropRefresh,
  },
  {
    id: 'fetch-callback',
    expected: { 'same-origin': 'held', vault: 'held' },
    title: 'Feed the callback by fetch',
    tries: 'Call the paths of the worker with fetch to plant a forged response or end the session.',
    run: fetchCallback,
  },
  {
    id: 'call-the-api',
    expected: { 'same-origin': 'open', vault: 'open' },
    title: 'Use the API through this tab',
    tries:
      'Simply call the API as the app does: this works in every design, and is listed as such.',
    run: callTheApi,
  },
  {
    id: 'register-changed-worker',
    expected: { 'same-origin': 'held', vault: 'held' },
    title: 'Replace the worker',
    tries:
      'Register a worker of my own, or the real one with another configuration in its address.',
    run: registerChangedWorker,
  },
  {
    id: 'unregister-worker',
    expected: { 'same-origin': 'held', vault: 'held' },
    title: 'Remove the worker, then get a code',
    tries: 'Unregister the worker and run my own flow in a frame, with only the server in the way.',
    destructive: true,
    run: unregisterWorker,
  },
]
