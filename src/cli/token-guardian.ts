#!/usr/bin/env node
import { runCommand, type CommandEntry } from './run-command.ts'

/** One line for each command; what it does is in its own module. */
const commands: Readonly<Record<string, CommandEntry>> = {
  bake: {
    summary: "makes an app's worker, and its vault, from a configuration in JSON",
    load: async () => (await import('./bake.ts')).bakeCommand,
  },
  doctor: {
    summary: 'checks a deployment',
    load: async () => (await import('./doctor.ts')).doctorCommand,
  },
  'dev-server': {
    summary: 'an OpenID Provider and a sample API for development and tests',
    load: async () => (await import('./dev-server.ts')).devServerCommand,
  },
}

process.exitCode = await runCommand(commands, process.argv.slice(2), {
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
})
