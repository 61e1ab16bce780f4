import './node-version'
import cluster from 'node:cluster'
import { join } from 'node:path'
import { parseArguments } from './arguments'
import { runCopyCommand } from './copy-command'
import { DatabaseError } from './database/index'
import { SMS_PATH } from './development/index'
import { isLoopback } from './http/address'
import { startHost, type Host } from './index'
import { initProject } from './init'
import { gatherThroughPrimary, serveGathering } from './metrics/index'
import { isCode } from './secret'
import { runSiteCommand } from './site-command'
import { DEFAULT_CLIENT_SECRET, SettingError, settingsFromEnvironment, type HostSettings } from './settings'
import { buildProject } from './uni-build'
import { serveUnderPrimary, StartFailure, superviseWorkers, reportFailure } from './workers/index'

function printStatus(sentence: string): void {
  process.stderr.write(`${sentence}\n`)
}

/** One sentence for what people can mend themselves; anything else keeps its stack. */
function describeReason(error: unknown, settings: HostSettings | undefined): string {
  if (error instanceof SettingError || error instanceof DatabaseError || error instanceof StartFailure) {
    return error.message
  }
  if (settings && isCode(error, 'EADDRINUSE')) {
    return `Port ${settings.port} on ${settings.host} is taken by another program; stop it or set PORT to a free one.`
  }
  if (settings && (isCode(error, 'EADDRNOTAVAIL') || isCode(error, 'ENOTFOUND'))) {
    return `HOST is "${settings.host}", but it has to be an address of this machine.`
  }
  if (
    settings &&
    isCode(error, 'EACCES') &&
    error instanceof Error &&
    'syscall' in error &&
    // A worker has its primary bind the port.
    (error.syscall === 'listen' || error.syscall === 'bind')
  ) {
    return `Port ${settings.port} may not be used by this user; set PORT to 1024 or above.`
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (settings && ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOSPC', 'SQLITE_CANTOPEN'].includes(code)) {
    return `The data directory ${settings.dataDir} cannot be written (${code}); set DATA_DIR to one that can.`
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function stopOnSignal(host: Host): void {
  let isStopping = false
  const stop = () => {
    if (isStopping) process.exit(1)
    isStopping = true
    printStatus('Stopping: requests in flight are finished first. A second signal ends at once.')
    endAfter(host.close())
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

function endAfter(closing: Promise<void>): void {
  closing.then(
    () => process.exit(0),
    (error: unknown) => {
      printStatus(describeReason(error, undefined))
      process.exit(1)
    },
  )
}

/** What is answered from the file that was is lost; a new process opens the one that is there. */
function onDatabaseReplaced(error: Error): void {
  printStatus(error.message)
  process.exit(1)
}

/** Cloud code may throw without being awaited: its own fault, and not a reason to stop serving the others. */
function keepRunningOnCloudErrors(host: Host): void {
  process.on('unhandledRejection', (error) => host.logUnhandled(error))
  process.on('uncaughtException', (error) => host.logUnhandled(error))
}

/**
 * Ignore EPIPE on stdout and stderr: an unhandled stream error would be logged and raise another.
 */
function ignoreBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}

async function main(): Promise<void> {
  let settings: HostSettings | undefined
  try {
    const [command, ...args] = process.argv.slice(2)
    if (command === 'init') return printStatus(initProject({ args, cwd: process.cwd(), programDir: __dirname }))
    if (command === 'build') return void process.exit(await buildProject(args, process.cwd()))
    if (command === 'site') {
      return runSiteCommand(args, settingsFromEnvironment(process.env, process.cwd()), printStatus)
    }
    if (command === 'copy') {
      return await runCopyCommand(args, settingsFromEnvironment(process.env, process.cwd()), printStatus)
    }
    const { isDevelopment, workers } = parseArguments(process.argv.slice(2))
    const adminPageDir = join(__dirname, 'admin')
    settings = { ...settingsFromEnvironment(process.env, process.cwd()), isDevelopment, adminPageDir }
    if (cluster.isWorker) return await serveAsWorker(settings)
    if (settings.clientSecret === DEFAULT_CLIENT_SECRET && !isLoopback(settings.host)) {
      printStatus(
        `CLIENT_SECRET is the default while HOST is ${settings.host}: set one of your own, in the build of the pages too.`,
      )
    }
    if (workers > 1) serveGathering()
    const url =
      workers > 1
        ? await superviseWorkers({ ...settings, count: workers, script: __filename, printStatus })
        : await serveAlone(settings)
    printStatus(`Ready on ${url}`)
    if (isDevelopment) printStatus(`Development mode: SMS codes are shown on ${url}${SMS_PATH}`)
  } catch (error) {
    const reason = describeReason(error, settings)
    if (cluster.isWorker) await reportFailure(reason)
    else printStatus(reason)
    process.exit(1)
  }
}

async function serveAlone(settings: HostSettings): Promise<string> {
  const host = await startHost({ ...settings, onDatabaseReplaced })
  printStatus(host.loaded)
  keepRunningOnCloudErrors(host)
  stopOnSignal(host)
  return host.url
}

async function serveAsWorker(settings: HostSettings): Promise<void> {
  const workerId = cluster.worker?.id
  const host = await startHost({ ...settings, workerId, gatherMetrics: gatherThroughPrimary, onDatabaseReplaced })
  // All of them load the same files.
  if (workerId === 1) printStatus(host.loaded)
  keepRunningOnCloudErrors(host)
  serveUnderPrimary(host, endAfter)
}

process.setSourceMapsEnabled(true)
ignoreBrokenPipe()
void main()
