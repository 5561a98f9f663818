/** The values that were asked for last, by key. What is being made is shared; what failed is made again. */
export class Recent<Value> {
  /** The least recently used one first. */
  private readonly values = new Map<string, Promise<Value>>();

  constructor(private readonly most: number) {}

  get(key: string, make: () => Promise<Value>): Promise<Value> {
    const value = this.values.get(key) ?? this.watched(key, make());
    this.values.delete(key);
    this.values.set(key, value);
    for (const oldest of this.values.keys()) if (this.values.size > this.most) this.values.delete(oldest);
    return value;
  }

  has(key: string): boolean {
    return this.values.has(key);
  }

  private watched(key: string, value: Promise<Value>): Promise<Value> {
    value.catch(() => {
      if (this.values.get(key) === value) this.values.delete(key);
    });
    return value;
  }
}
