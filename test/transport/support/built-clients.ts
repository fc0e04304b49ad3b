import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { skipWithout } from '../../support/foreign.ts';
import { root } from '../../support/process.ts';
import { count } from '../../support/scale.ts';
import { findTool } from './tools.ts';

/**
 * Clients in languages that have to be compiled: built once, and kept as long as their sources stay
 * the same.
 */

const execute = promisify(execFile);
const isLong = count(0, 1) === 1;
const buildMs = 540_000;

export interface BuiltClient {
  /** Builds it unless that has been done; answers the program. */
  program(): Promise<string>;
  /** Options of a test that runs it. */
  readonly options: { readonly skip: string | false; readonly timeout: number };
}

interface Recipe {
  /** Its folder beside this file, and the name of the program. */
  readonly name: string;
  /** What has to be installed, and how one gets it. */
  readonly isInstalled: boolean;
  readonly remedy: string;
  build(source: string, target: string): Promise<void>;
}

/**
 * A build takes a minute or more: that is for the long suite, and the short one takes what that
 * left behind.
 */
function builtClient({ name, isInstalled, remedy, build }: Recipe): BuiltClient {
  const source = join(root, 'test/transport/support', name);
  const target = join(tmpdir(), `numstore-${name}-${hashOf(source)}`);
  const program = join(target, name);
  const skip = (): string | false => {
    if (existsSync(program)) return false;
    const missing = skipWithout(name, isInstalled, remedy);
    if (missing !== false) return missing;
    return isLong ? false : 'not built yet: run with NUMSTORE_TEST_SCALE=10, or npm run test:long';
  };
  return {
    options: { skip: skip(), timeout: buildMs + 60_000 },
    async program() {
      if (existsSync(program)) return program;
      mkdirSync(target, { recursive: true });
      await build(source, target);
      return program;
    },
  };
}

/** Names what a program was built from. */
function hashOf(source: string): string {
  const hash = createHash('sha256').update(readFileSync(join(root, 'numstore.proto')));
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) hash.update(readFileSync(join(entry.parentPath, entry.name)));
  }
  return hash.digest('hex').slice(0, 16);
}

const cargo = findTool('cargo') ?? [`${homedir()}/.cargo/bin/cargo`].find(existsSync);
export const tonicClient = builtClient({
  name: 'tonic-client',
  isInstalled: cargo !== undefined,
  remedy: 'cargo, by rustup (https://rustup.rs)',
  async build(source, target) {
    const args = ['build', '--release', '--locked', '--quiet', '--target-dir', join(target, 'cargo')];
    await execute(cargo ?? '', args, { cwd: source, timeout: buildMs });
    cpSync(join(target, 'cargo/release/tonic-client'), join(target, 'tonic-client'));
  },
});

const plugin = findTool('grpc_cpp_plugin');
const compilers = [findTool('g++'), findTool('protoc'), findTool('pkg-config'), plugin];
const hasHeaders = ['/usr/include', '/usr/local/include'].some((path) =>
  existsSync(join(path, 'grpcpp/grpcpp.h')),
);
export const cppClient = builtClient({
  name: 'cpp-client',
  isInstalled: hasHeaders && compilers.every((path) => path !== undefined),
  remedy: 'Debian: g++, pkg-config, libgrpc++-dev, protobuf-compiler, protobuf-compiler-grpc',
  async build(source, target) {
    const out = [`--cpp_out=${target}`, `--grpc_out=${target}`, `--plugin=protoc-gen-grpc=${plugin}`];
    await execute('protoc', ['-I', root, ...out, join(root, 'numstore.proto')]);
    const { stdout } = await execute('pkg-config', ['--cflags', '--libs', 'grpc++', 'protobuf']);
    const generated = ['numstore.pb.cc', 'numstore.grpc.pb.cc'].map((file) => join(target, file));
    // Under another name until it is whole: a build that is cut off leaves no program behind.
    const args = ['-std=c++17', '-O1', '-I', target, join(source, 'main.cc'), ...generated];
    const partial = join(target, 'partial');
    await execute('g++', [...args, '-o', partial, ...stdout.trim().split(/\s+/), '-pthread'], {
      timeout: buildMs,
    });
    renameSync(partial, join(target, 'cpp-client'));
  },
});
