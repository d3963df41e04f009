import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Bridge } from '../../shared/bridge/bridge.ts';
import type { ConnectCredentials } from '../../shared/bridge/connect-file.ts';
import { fromConnectProperties } from '../../shared/bridge/connect-properties.ts';
import { parseBridge } from '../../shared/bridge/define-bridge.ts';
import { definitionIn, loadModule } from '../../shared/bridge/load-module.ts';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import { resolveCapture } from '../../shared/salesforce/channels.ts';
import type { DevOptions } from './settings.ts';

export interface LoadedDefinition {
  readonly bridge: Bridge;
  /** The module that stands behind `#bridge` in the bundles. */
  readonly file: string;
  /** Credentials that a Kafka Connect file brings along. */
  readonly credentials?: ConnectCredentials;
  readonly notes: readonly string[];
}

/**
 * Loads and checks the definition: a bridge definition file, or a Kafka Connect file turned into one.
 *
 * @throws BridgeError SKB_CONFIG_INVALID naming the file and every problem.
 */
export async function loadDefinition(options: DevOptions, runFolder: string): Promise<LoadedDefinition> {
  const loaded =
    options.properties === undefined
      ? await loadFile(path.resolve(options.bridge ?? 'bridge.config.ts'))
      : await loadProperties(path.resolve(options.properties), runFolder);
  const captureNotes = loaded.bridge.sources.flatMap(({ capture }) => resolveCapture(capture).note ?? []);
  return { ...loaded, notes: [...loaded.notes, ...captureNotes] };
}

async function loadFile(file: string): Promise<LoadedDefinition> {
  const definition = definitionIn(file, await loadModule(file));
  return { bridge: inFile(file, () => parseBridge(definition)), file, notes: [] };
}

async function loadProperties(file: string, runFolder: string): Promise<LoadedDefinition> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new BridgeError('SKB_CONFIG_INVALID', `--properties ${file} cannot be read`, { cause });
  });
  const { definition, credentials, notes } = inFile(file, () => fromConnectProperties(text));
  const bridge = inFile(file, () => parseBridge(definition));
  // Sources are plain data, so this definition can be written down as a module; the credentials are not part of it.
  const moduleFile = path.join(runFolder, 'bridge-from-properties.mjs');
  await writeFile(moduleFile, `export default ${JSON.stringify(definition, undefined, 2)};\n`);
  return { bridge, file: moduleFile, credentials, notes };
}

function inFile<T>(file: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    throw new BridgeError(error.code, `${file}: ${error.message}`, { context: error.context, cause: error });
  }
}
