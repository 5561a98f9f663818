import { create } from '@bufbuild/protobuf';
import { AttributeProtoSchema, NodeProtoSchema } from './gen/onnx_pb';
import type { AttributeProto, NodeProto } from './gen/onnx_pb';
import { attribute } from './graphBuilder';
import type { AttributeValue } from './graphBuilder';

/** Reads a node's attributes with the defaults that the operator's specification gives. */
export class NodeView {
  constructor(readonly proto: NodeProto) {}

  get opType(): string {
    return this.proto.opType;
  }

  /** The node as messages call it. */
  get label(): string {
    return this.proto.name || this.proto.output.find((output) => output !== '') || this.opType;
  }

  has(name: string): boolean {
    return this.find(name) !== undefined;
  }

  int(name: string, fallback: number): number {
    const found = this.find(name);
    return found ? Number(found.i ?? 0n) : fallback;
  }

  float(name: string, fallback: number): number {
    const found = this.find(name);
    return found ? (found.f ?? 0) : fallback;
  }

  string(name: string, fallback: string): string {
    const found = this.find(name);
    return found ? Buffer.from(found.s ?? new Uint8Array(0)).toString() : fallback;
  }

  ints(name: string): number[] | undefined {
    return this.find(name)?.ints.map(Number);
  }

  /** A nameless copy of the node with other inputs, outputs and, where given, attributes. */
  copy(inputs: readonly string[], outputs: readonly string[], changed: Readonly<Record<string, AttributeValue>> = {}): NodeProto {
    const kept = this.proto.attribute.filter(({ name }) => !(name in changed)).map((a) => create(AttributeProtoSchema, a));
    return create(NodeProtoSchema, {
      opType: this.opType,
      domain: this.proto.domain,
      input: [...inputs],
      output: [...outputs],
      attribute: [...kept, ...Object.entries(changed).map(([name, value]) => attribute(name, value))],
    });
  }

  private find(name: string): AttributeProto | undefined {
    return this.proto.attribute.find((candidate) => candidate.name === name);
  }
}
