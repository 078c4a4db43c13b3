import { networkRounds } from './rounds/network.ts'
import { tabRounds } from './rounds/tabs.ts'
import { tokenRounds } from './rounds/tokens.ts'
import { userRounds } from './rounds/users.ts'
import { workerRounds } from './rounds/workers.ts'
import type { Round } from './world.ts'

/** Everything that happens to the world of a soak. What is added here happens from then on. */
export const rounds: readonly Round[] = [
  ...workerRounds,
  ...tokenRounds,
  ...networkRounds,
  ...tabRounds,
  ...userRounds,
]

/** One of them, by their weights. */
export function nextRound(random: () => number): Round {
  let left = random() * rounds.reduce((sum, { weight }) => sum + weight, 0)
  return rounds.find(({ weight }) => (left -= weight) < 0) ?? rounds[0]!
}
