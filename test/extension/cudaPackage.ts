import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32, deflateRawSync } from 'node:zlib';

/** A zip archive of deflated files. `claims` are sizes that its directory tells instead of the true ones. */
export function zipOf(files: Readonly<Record<string, Uint8Array>>, claims: Readonly<Record<string, number>> = {}): Buffer {
  const [locals, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [name, data] of Object.entries(files)) {
    const packed = deflateRawSync(data);
    const header = Buffer.alloc(26);
    header.writeUInt16LE(20, 0);
    header.writeUInt16LE(8, 4);
    header.writeUInt32LE(crc32(data), 10);
    header.writeUInt32LE(packed.length, 14);
    header.writeUInt32LE(claims[name] ?? data.length, 18);
    header.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), header, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), header, rest, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, end]);
}

export const sharedLibrary = Buffer.from('\x7fELF, the library that the others share', 'latin1');
/** Several pieces of a download. */
export const cudaLibrary = Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251))]);

/** The package as it is published, with files that nobody asked for. */
export const gpuPackage = zipOf({
  'Microsoft.ML.OnnxRuntime.Gpu.Linux.nuspec': Buffer.from('<package/>'),
  'runtimes/linux-x64/native/libonnxruntime_providers_cuda.so': cudaLibrary,
  'runtimes/linux-x64/native/libonnxruntime_providers_shared.so': sharedLibrary,
  'runtimes/linux-x64/native/libonnxruntime_providers_tensorrt.so': Buffer.from('\x7fELF too', 'latin1'),
});

/** What a NuGet of the test's own says; what is left out is as it should be. */
export interface Answers {
  readonly version?: string;
  readonly hash?: string;
  readonly size?: number;
  readonly content?: Buffer;
  readonly contentAddress?: string;
  /** Stops in the middle of the package. */
  readonly stall?: boolean;
  /** Stops in the middle of the catalog's answer. */
  readonly stallCatalog?: boolean;
}

/** A NuGet on this machine, with one package. */
export class NugetServer {
  answers: Answers = {};
  /** The paths that were asked for. */
  readonly asked: string[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer(({ url = '' }, response) => {
      this.asked.push(url);
      const answer = this.answerTo(url);
      if (answer === undefined) {
        response.writeHead(404).end();
      } else if (this.answers.stallCatalog && url.startsWith('/catalog')) {
        response.writeHead(200, { 'content-type': 'application/json' }).write('{');
      } else if (!Buffer.isBuffer(answer)) {
        response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
      } else if (this.answers.stall) {
        response.writeHead(200, { 'content-length': answer.length });
        response.write(answer.subarray(0, answer.length / 2));
      } else {
        response.end(answer);
      }
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => { this.server.listen(0, '127.0.0.1', resolve); });
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  get root(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get index(): string {
    return `${this.root}/v3/index.json`;
  }

  private answerTo(path: string): object | undefined {
    const { root } = this;
    const { version = '1.30.0', content = gpuPackage, ...said } = this.answers;
    const name = 'microsoft.ml.onnxruntime.gpu.linux';
    if (path === '/v3/index.json') return { version: '3.0.0', resources: [{ '@id': `${root}/flat/`, '@type': 'PackageBaseAddress/3.0.0' }, { '@id': `${root}/registration/`, '@type': 'RegistrationsBaseUrl/3.6.0' }] };
    if (path === `/registration/${name}/1.30.0.json`) return { catalogEntry: `${root}/catalog/entry.json`, packageContent: said.contentAddress ?? `${root}/flat/${name}.1.30.0.nupkg` };
    if (path === '/catalog/entry.json') {
      return { id: 'Microsoft.ML.OnnxRuntime.Gpu.Linux', version, packageSize: said.size ?? content.length, packageHashAlgorithm: 'SHA512', packageHash: said.hash ?? createHash('sha512').update(content).digest('base64') };
    }
    return path === `/flat/${name}.1.30.0.nupkg` ? content : undefined;
  }
}
